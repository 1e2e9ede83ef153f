import { eventually } from '../../../lib/testing/eventually.ts';
import {
  BROKEN,
  type KafkaFixture,
  recordingFunction,
  recordsOf,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';

let kafka: KafkaFixture;

beforeEach(async () => {
  kafka = await startKafkaFixture();
});
afterEach(async () => {
  await kafka.stop();
});

test('records of all partitions reach the function in order, and their offsets are committed', async () => {
  const fn = recordingFunction();
  await kafka.send(['a0', 'a1', 'a2'], 0);
  await kafka.send(['b0', 'b1'], 1);
  const mapping = await kafka.startMapping(fn);
  await kafka.send(['a3'], 0);

  await eventually('six records arrive', () => recordsOf(fn.events).length === 6);
  const values = valuesOf(fn.events);
  expect(values.filter((value) => value.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a3']);
  expect(values.filter((value) => value.startsWith('b'))).toEqual(['b0', 'b1']);
  await eventually('commits', async () => {
    const [first, second] = await kafka.committed(mapping.consumerGroupId);
    return first === 4 && second === 2;
  });
});

test('a failed batch is sent again unchanged, holds up its own partition and no other', async () => {
  const fn = recordingFunction();
  let broken = true;
  fn.answer = (event) => (broken && `${kafka.topic}-0` in event.records ? BROKEN : {});
  const mapping = await kafka.startMapping(fn);
  await kafka.send(['poison'], 0);
  await eventually('the poison record is tried twice', () => fn.events.length >= 2);
  await kafka.send(['later'], 0);
  await kafka.send(['other'], 1);

  await eventually('the other partition goes on', () => valuesOf(fn.events).includes('other'));
  await eventually('it is committed', async () => (await kafka.committed(mapping.consumerGroupId))[1] === 1);
  expect(valuesOf(fn.events)).not.toContain('later');
  expect((await kafka.committed(mapping.consumerGroupId))[0]).toBe(-1);
  broken = false;
  await eventually('the partition catches up', () => valuesOf(fn.events).includes('later'));
  const attempts = fn.events.filter((event) => valuesOf([event]).includes('poison'));
  expect(new Set(attempts.map((event) => JSON.stringify(event))).size).toBe(1);
});

test('a mapping that is started again goes on where it stopped', async () => {
  const first = recordingFunction();
  const mapping = await kafka.startMapping(first);
  await kafka.send(['one', 'two'], 2);
  await eventually('two records arrive', () => recordsOf(first.events).length === 2);
  await mapping.stop();

  const second = recordingFunction();
  await kafka.startMapping(second);
  await kafka.send(['three'], 2);
  await eventually('the third arrives', () => recordsOf(second.events).length > 0);
  expect(valuesOf(second.events)).toEqual(['three']);
});
