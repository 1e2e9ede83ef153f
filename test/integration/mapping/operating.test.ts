import { startBroker } from '../../../lib/local/broker/broker.ts';
import { createLog } from '../../../lib/log.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import {
  BROKEN,
  heldFunction,
  type KafkaFixture,
  numbers,
  recordingFunction,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';

let kafka: KafkaFixture;

beforeEach(async () => {
  kafka = await startKafkaFixture();
});
afterEach(() => kafka.stop());

const committed = (groupId: string, offset: number, partition = 0) =>
  eventually(
    `offset ${offset} of partition ${partition} is committed`,
    async () => (await kafka.committed(groupId))[partition] === offset,
  );

describe('skipping', () => {
  test('lets a partition go on behind the record that blocks it, and says which one was given up', async () => {
    const lines: Record<string, unknown>[] = [];
    const fn = recordingFunction();
    fn.answer = (event) => (valuesOf([event]).includes('poison') ? BROKEN : {});
    const mapping = await kafka.startMapping(
      fn,
      {},
      { log: createLog({ write: (line) => lines.push(JSON.parse(line)) }) },
    );
    await kafka.send(['poison', '1', '2'], 1);
    await eventually('it is tried again', () => fn.events.length > 2);
    expect((await kafka.committed(mapping.consumerGroupId))[1]).toBe(-1);

    expect(mapping.skip(1)).toEqual({ topic: kafka.topic, partition: 1, offset: 0 });
    await committed(mapping.consumerGroupId, 3, 1);
    expect(valuesOf(fn.events.slice(-1))).toEqual(['1', '2']);
    expect((await mapping.status()).Metrics).toMatchObject({ DroppedEventCount: 1, SumOffsetLag: 0 });
    expect(lines).toContainEqual(expect.objectContaining({ topic: kafka.topic, partition: 1, offset: 0 }));
  });

  test('passes over one record at a time, in the order of the partition', async () => {
    const fn = recordingFunction();
    fn.answer = (event) => (valuesOf([event]).some((value) => value.startsWith('poison')) ? BROKEN : {});
    const mapping = await kafka.startMapping(fn);
    await kafka.send(['poison 0', 'poison 1', 'fine']);
    await eventually('it is tried again', () => fn.events.length > 1);
    expect([mapping.skip(0), mapping.skip(0)].map((skipped) => skipped?.offset)).toEqual([0, 1]);
    await committed(mapping.consumerGroupId, 3);
    expect(valuesOf(fn.events.slice(-1))).toEqual(['fine']);
  });

  test('skips nothing where nothing waits', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn);
    await kafka.send(['done']);
    await committed(mapping.consumerGroupId, 1);
    expect([mapping.skip(0), mapping.skip(7)]).toEqual([undefined, undefined]);
  });

  test('waits for the invocation in flight: a record that succeeds meanwhile was processed', async () => {
    const { fn, letGo } = heldFunction();
    const mapping = await kafka.startMapping(fn, { batchSize: 1 });
    await kafka.send(['slow', 'next']);
    await eventually('it is invoked', () => fn.events.length === 1);
    mapping.skip(0);
    expect((await kafka.committed(mapping.consumerGroupId))[0]).toBe(-1);
    letGo();
    await committed(mapping.consumerGroupId, 2);
    expect(valuesOf(fn.events)).toEqual(['slow', 'next']);
  });
});

describe('disabling', () => {
  const inState = (mapping: { state(): string }, state: string) =>
    eventually(`it is ${state}`, () => mapping.state() === state);

  test('lets the invocation in flight end, leaves the group, and reads on from there when it is enabled', async () => {
    const { fn, letGo } = heldFunction();
    const mapping = await kafka.startMapping(fn, { batchSize: 1 });
    await kafka.send(['slow', 'next']);
    await eventually('it is invoked', () => fn.events.length === 1);
    expect(mapping.setEnabled(false)).toBe(true);
    expect(mapping.state()).toBe('Disabling');
    expect(mapping.setEnabled(true)).toBe(false);
    letGo();
    await inState(mapping, 'Disabled');
    expect(valuesOf(fn.events)).toEqual(['slow']);
    expect((await kafka.committed(mapping.consumerGroupId))[0]).toBe(1);
    expect(await mapping.status()).toMatchObject({ State: 'Disabled', Pollers: 0, Partitions: [] });
    await expect(mapping.reset('earliest')).rejects.toThrow('start it first');

    expect(mapping.setEnabled(true)).toBe(true);
    await inState(mapping, 'Enabled');
    await committed(mapping.consumerGroupId, 2);
    expect(valuesOf(fn.events)).toEqual(['slow', 'next']);
  });

  test('of what is disabled, and enabling of what is enabled, changes nothing', async () => {
    const mapping = await kafka.startMapping(recordingFunction());
    await inState(mapping, 'Enabled');
    expect([mapping.setEnabled(true), mapping.state()]).toEqual([true, 'Enabled']);
    mapping.setEnabled(false);
    await inState(mapping, 'Disabled');
    expect([mapping.setEnabled(false), mapping.state()]).toEqual([true, 'Disabled']);
  });

  test('a mapping that is declared disabled reads once it is enabled', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn, { enabled: false });
    await kafka.send(['a']);
    expect(mapping.state()).toBe('Disabled');
    mapping.setEnabled(true);
    await committed(mapping.consumerGroupId, 1);
    expect(valuesOf(fn.events)).toEqual(['a']);
  });

  test('a mapping that is stopped while it waits for an invocation stops all the same', async () => {
    const { fn, letGo } = heldFunction();
    const mapping = await kafka.startMapping(fn);
    await kafka.send(['slow']);
    await eventually('it is invoked', () => fn.events.length === 1);
    mapping.setEnabled(false);
    await mapping.stop();
    letGo();
    expect([mapping.state(), mapping.setEnabled(true)]).toEqual(['Disabled', false]);
  });
});

describe('resetting', () => {
  test('has everything processed again from the first record', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn);
    await kafka.send(numbers(3));
    await kafka.send(numbers(2), 2);
    await committed(mapping.consumerGroupId, 3);
    await committed(mapping.consumerGroupId, 2, 2);
    fn.events.length = 0;
    expect(await mapping.reset('earliest')).toEqual(new Map([0, 1, 2].map((partition) => [partition, 0])));
    await eventually('they come again', () => valuesOf(fn.events).length === 5);
    await committed(mapping.consumerGroupId, 3);
    await kafka.send(['more']);
    await eventually('it goes on behind them', () => valuesOf(fn.events).includes('more'));
  });

  test('passes over what blocks a partition, and over everything else that was not read', async () => {
    const fn = recordingFunction();
    fn.answer = (event) => (valuesOf([event]).includes('poison') ? BROKEN : {});
    const mapping = await kafka.startMapping(fn);
    await kafka.send(['poison', 'lost']);
    await eventually('it is tried', () => fn.events.length > 0);
    await mapping.reset('latest');
    await kafka.send(['next']);
    await committed(mapping.consumerGroupId, 3);
    expect(valuesOf(fn.events.slice(-1))).toEqual(['next']);
  });

  test('reads on at a time', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn);
    await kafka.send([
      { value: 'old', timestamp: '1000' },
      { value: 'new', timestamp: '2000' },
    ]);
    await committed(mapping.consumerGroupId, 2);
    fn.events.length = 0;
    await mapping.reset({ timestampMs: 1_500 });
    await eventually('it comes again', () => fn.events.length > 0);
    expect(valuesOf(fn.events)).toEqual(['new']);
  });

  test('leaves a mapping disabled that is disabled meanwhile', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(
      fn,
      {},
      { observe: ({ kind }) => kind === 'reset' && mapping.setEnabled(false) },
    );
    const members = async () =>
      (await kafka.admin.describeGroups([mapping.consumerGroupId])).groups[0]?.members;
    await kafka.send(['done']);
    await committed(mapping.consumerGroupId, 1);
    await mapping.reset('earliest');
    await eventually('it is disabled', () => mapping.state() === 'Disabled');
    expect(await members()).toHaveLength(0);
    expect(mapping.setEnabled(true)).toBe(true);
    await eventually('it is read again, by one consumer', () => mapping.state() === 'Enabled');
    await eventually('it comes again', () => fn.events.length === 2);
    expect(await members()).toHaveLength(1);
  });

  test('waits until the group misses a consumer that could not leave it', async () => {
    const broker = await startBroker({ port: 0 });
    const fixture = await startKafkaFixture({ broker });
    try {
      const fn = recordingFunction();
      const mapping = await fixture.startMapping(fn);
      await fixture.send(['first']);
      await eventually('it is read', () => fn.events.length === 1);
      broker.faults.fail('LeaveGroup', 'NOT_COORDINATOR');
      await mapping.reset('earliest');
      await eventually('it comes again', () => fn.events.length === 2);
    } finally {
      await fixture.stop();
      await broker.stop();
    }
  });

  test('of a mapping that is stopped or disabled is refused with the fix', async () => {
    const stopped = await kafka.startMapping(recordingFunction());
    await stopped.stop();
    const disabled = await kafka.startMapping(recordingFunction(), { enabled: false });
    await expect(stopped.reset('earliest')).rejects.toThrow('start it first');
    await expect(disabled.reset('earliest')).rejects.toThrow('start it first');
  });
});
