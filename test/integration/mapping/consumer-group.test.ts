import { createLog } from '../../../lib/log.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import {
  BROKEN,
  heldFunction,
  type KafkaFixture,
  numbers,
  recordingFunction,
  recordsOf,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';

let kafka: KafkaFixture;
let consumerGroupId: string;

beforeEach(async () => {
  kafka = await startKafkaFixture();
  consumerGroupId = `group of ${kafka.topic}`;
});
afterEach(() => kafka.stop());

describe('a rebalance', () => {
  test('waits for the batch in flight: another consumer begins behind it', async () => {
    const { fn, letGo } = heldFunction();
    const lines: string[] = [];
    const log = createLog({ level: 'debug', write: (line) => lines.push(line) });
    await kafka.startMapping(fn, { consumerGroupId }, { log });
    await Promise.all([0, 1, 2].map((partition) => kafka.send(numbers(5, partition * 100), partition)));
    await eventually('batches are in flight', () => fn.inFlight() > 0);

    const other = recordingFunction();
    await kafka.startMapping(other, { consumerGroupId });
    await eventually('the group rebalances', async () => {
      const { groups } = await kafka.admin.describeGroups([consumerGroupId]);
      return groups[0]?.state === 'PreparingRebalance';
    });
    lines.length = 0;
    // Its heartbeats tell a member that a rebalance has begun.
    const heartbeats = () => lines.filter((line) => line.includes('Request Heartbeat')).length;
    await eventually('the member knows', () => heartbeats() >= 3);
    expect(other.events).toEqual([]);
    letGo();
    await eventually('all arrive', () => recordsOf(fn.events).length + recordsOf(other.events).length >= 15);
    await eventually('all are committed', async () =>
      (await kafka.committed(consumerGroupId)).every((offset) => offset === 5),
    );
    await kafka.send(['last'], 0);
    await eventually('the last arrives', () =>
      [...valuesOf(fn.events), ...valuesOf(other.events)].includes('last'),
    );
    const values = [...valuesOf(fn.events), ...valuesOf(other.events)];
    expect(values.toSorted()).toEqual(
      [...numbers(5), ...numbers(5, 100), ...numbers(5, 200), 'last'].toSorted(),
    );
  });

  test('does not wait for retries: whoever gets the partition goes on with them', async () => {
    const broken = recordingFunction();
    broken.answer = () => BROKEN;
    const mapping = await kafka.startMapping(broken, { consumerGroupId });
    await kafka.send(numbers(3));
    await eventually('it is tried', () => broken.events.length > 1);
    const working = recordingFunction();
    await kafka.startMapping(working, { consumerGroupId });
    await mapping.stop();
    await eventually('the other processes them', () => recordsOf(working.events).length === 3);
    expect(valuesOf(working.events)).toEqual(numbers(3));
  });

  test('shares the partitions with consumers of another client, and takes them back when they leave', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn, { consumerGroupId });
    await eventually(
      'all partitions are assigned',
      async () => (await mapping.status()).Partitions.length === 3,
    );
    const foreign = kafka.kafka.consumer({
      groupId: consumerGroupId,
      heartbeatInterval: 500,
      maxWaitTimeInMs: 100,
    });
    const seen: string[] = [];
    await foreign.subscribe({ topic: kafka.topic, fromBeginning: true });
    await foreign.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    await eventually('partitions are shared', async () => {
      const { length } = (await mapping.status()).Partitions;
      return length === 1 || length === 2;
    });
    await Promise.all([0, 1, 2].map((partition) => kafka.send([String(partition)], partition)));
    await eventually('all arrive', () => valuesOf(fn.events).length + seen.length === 3);
    await foreign.disconnect();
    await eventually('all partitions are back', async () => (await mapping.status()).Partitions.length === 3);
    await Promise.all([0, 1, 2].map((partition) => kafka.send([String(10 + partition)], partition)));
    await eventually(
      'all arrive',
      () => valuesOf(fn.events).filter((value) => Number(value) >= 10).length === 3,
    );
  });
});

describe('stopping', () => {
  test('commits what is in flight when it ends soon', async () => {
    const { fn, letGo } = heldFunction();
    const mapping = await kafka.startMapping(fn);
    await kafka.send(numbers(3));
    await eventually('the batch is in flight', () => fn.inFlight() === 1);
    const stopped = mapping.stop();
    letGo();
    await stopped;
    expect((await kafka.committed(mapping.consumerGroupId))[0]).toBe(3);
  });

  test('leaves what does not end soon to the next start', async () => {
    const { fn } = heldFunction();
    const mapping = await kafka.startMapping(fn);
    await kafka.send(numbers(3));
    await eventually('the batch is in flight', () => fn.inFlight() === 1);
    await mapping.stop();
    const next = recordingFunction();
    await kafka.startMapping(next);
    await eventually('it is delivered again', () => recordsOf(next.events).length === 3);
  });
});

test('an offset that retention has removed has reading go on at the earliest record', async () => {
  const groupId = `behind ${kafka.topic}`;
  await kafka.send(numbers(5));
  await kafka.admin.setOffsets({
    groupId,
    topic: kafka.topic,
    partitions: [{ partition: 0, offset: '1000' }],
  });
  const fn = recordingFunction();
  await kafka.startMapping(fn, { consumerGroupId: groupId, startingPosition: 'LATEST' });
  await eventually('all arrive', () => recordsOf(fn.events).length === 5);
  expect(valuesOf(fn.events)).toEqual(numbers(5));
});
