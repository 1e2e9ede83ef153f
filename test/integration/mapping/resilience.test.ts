import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MskEvent } from '../../../lib/consume/msk-event.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { FunctionSandbox } from '../../../lib/local/function/function-sandbox.ts';
import type { PackedEvent } from '../../../lib/local/function/packed-event.ts';
import type { EventSourceMapping } from '../../../lib/local/mapping/event-source-mapping.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { startTestBroker, temporaryDirectory } from '../../support/broker.ts';
import {
  heldFunction,
  type KafkaFixture,
  numbers,
  recordingFunction,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';
import type { NetworkFaults } from '../../support/kafka-proxy.ts';
import { startFaultyKafka } from '../../support/test-kafka.ts';

// Clients notice a silent connection after seconds only.
let kafka: KafkaFixture;
afterEach(() => kafka.stop());

const first = (events: readonly MskEvent[]): string[] => [...new Set(valuesOf(events))];

const assignments: string[] = [];
const rejoined = async () => assignments.length > 1;
const pollingFailed = async (mapping: EventSourceMapping) =>
  (await mapping.status()).Metrics.PollingErrorCount > 0;
const atOnce = async () => true;

/** Runs the loop into a fault in the middle of a batch. */
async function goesOnInOrder(
  noticed: (mapping: EventSourceMapping) => Promise<boolean>,
  fault: () => void | Promise<void>,
): Promise<void> {
  assignments.length = 0;
  const { fn, letGo } = heldFunction();
  const mapping = await kafka.startMapping(
    fn,
    { batchSize: 10, logLevel: 'INFO' },
    {
      writeSystemLog: (line) =>
        assignments.push(...line.split('\n').filter((text) => text.includes('POLLER_STATUS_EVENT'))),
    },
  );
  await kafka.send(numbers(30));
  await eventually('a batch is in flight', () => fn.inFlight() === 1);
  await fault();
  await eventually('the fault is noticed', () => noticed(mapping));
  letGo();
  await eventually(
    'all are committed',
    async () => (await kafka.committed(mapping.consumerGroupId))[0] === 30,
  );
  expect(first(fn.events)).toEqual(numbers(30));
  await kafka.send(['30']);
  await eventually('it goes on', () => valuesOf(fn.events).includes('30'));
}

describe('lost connections', () => {
  let faults: NetworkFaults;

  beforeEach(async () => {
    const broker = await startFaultyKafka();
    faults = broker.faults;
    kafka = await startKafkaFixture({ broker });
  });

  describe('in the middle of a batch', () => {
    test.each<[string, () => void]>([
      ['connections are reset', () => faults.reset()],
      ['connections go silent', () => faults.dropSilently()],
    ])('%s: the loop goes on, in order, and commits', (_, fault) => goesOnInOrder(pollingFailed, fault));
  });

  describe('stopping', () => {
    test('works while the broker is away', async () => {
      const fn = recordingFunction();
      const mapping = await kafka.startMapping(fn);
      await eventually('it is enabled', () => mapping.state() === 'Enabled');
      faults.refuse();
      faults.reset();
      await eventually('the loss was seen', async () =>
        (await mapping.status()).LastProcessingResult.startsWith('PROBLEM: Connection error. '),
      );
      await mapping.stop();
      expect(mapping.state()).toBe('Disabled');
      await faults.clear();
    });

    test('works while the broker does not answer', async () => {
      const { fn } = heldFunction();
      const mapping = await kafka.startMapping(fn);
      await kafka.send(numbers(3));
      await eventually('the batch is in flight', () => fn.inFlight() === 1);
      faults.dropSilently({ newConnections: 'silent' });
      await mapping.stop();
      expect(mapping.state()).toBe('Disabled');
      await faults.clear();
    });
  });
});

test('changed handler code takes effect without a record lost or a committed one repeated', async () => {
  kafka = await startKafkaFixture();
  const directory = mkdtempSync(join(tmpdir(), 'hot-reload-'));
  const file = join(directory, 'handler.js');
  const code = (name: string) =>
    writeFileSync(file, `exports.handler = async (event) => ${JSON.stringify(name)}; // ${name}`);
  code('first edition');
  const sandbox = new FunctionSandbox({
    name: 'consume',
    handler: 'handler.handler',
    codeDirectory: directory,
    timeoutMs: 5_000,
    memorySize: 128,
    environment: {},
  });
  const processed: { values: string[]; by: unknown }[] = [];
  const fn = recordingFunction();
  const invoke = async (event: PackedEvent) => {
    const result = await sandbox.invoke(event);
    if (result.ok) processed.push({ values: valuesOf([event.unpack()]), by: result.payload });
    return result;
  };
  try {
    await kafka.startMapping(fn, { batchSize: 1 }, { invoke });
    await kafka.send(numbers(20));
    await eventually('some are processed', () => processed.length >= 5);
    code('the second edition');
    await eventually('all are processed', () => processed.length >= 20);
    await kafka.send(['20']);
    await eventually('the next is processed', () => processed.length === 21);
    expect(processed.flatMap(({ values }) => values)).toEqual(numbers(21));
    expect(processed.at(-1)?.by).toBe('the second edition');
  } finally {
    await sandbox.close();
    rmSync(directory, { recursive: true });
  }
});

describe('the embedded broker', () => {
  let broker: Broker;
  let dataDirectory: string;

  beforeEach(async () => {
    dataDirectory = temporaryDirectory();
    broker = await startTestBroker({ dataDirectory });
    kafka = await startKafkaFixture({ broker });
  });

  describe('in the middle of a batch', () => {
    test.each([
      ['the leader moves to another broker', pollingFailed, async () => broker.faults.moveLeader()],
      [
        'the coordinator forgets the member',
        rejoined,
        async () => broker.faults.fail('Heartbeat', 'UNKNOWN_MEMBER_ID'),
      ],
      [
        'the group has a new generation',
        rejoined,
        async () => broker.faults.fail('Heartbeat', 'ILLEGAL_GENERATION'),
      ],
      [
        'commits are refused',
        atOnce,
        async () => broker.faults.fail('OffsetCommit', 'COORDINATOR_NOT_AVAILABLE', 2),
      ],
      [
        'fetches are refused',
        pollingFailed,
        async () => broker.faults.fail('Fetch', 'NOT_LEADER_OR_FOLLOWER', 3),
      ],
    ] as const)('%s: the loop goes on, in order, and commits', (_, noticed, fault) =>
      goesOnInOrder(noticed, fault),
    );

    test('a success that could not be committed is not processed again when nobody else has taken over', async () => {
      const { fn, letGo } = heldFunction();
      const mapping = await kafka.startMapping(fn, { batchSize: 10 });
      await kafka.send(numbers(10));
      await eventually('the batch is in flight', () => fn.inFlight() === 1);
      broker.faults.fail('Heartbeat', 'UNKNOWN_MEMBER_ID');
      broker.faults.fail('OffsetCommit', 'UNKNOWN_MEMBER_ID');
      letGo();
      await eventually(
        'it is committed',
        async () => (await kafka.committed(mapping.consumerGroupId))[0] === 10,
      );
      expect(valuesOf(fn.events)).toEqual(numbers(10));
    });
  });

  test('is found again when it restarts: nothing is lost and the order is kept', async () => {
    const { fn, letGo } = heldFunction();
    const mapping = await kafka.startMapping(fn, { batchSize: 10 });
    await kafka.send(numbers(30));
    await eventually('a batch is in flight', () => fn.inFlight() === 1);
    await broker.stop({ abrupt: true });
    letGo();
    await eventually('the loss was seen', () => pollingFailed(mapping));
    broker = await startTestBroker({ dataDirectory, port: broker.port });
    await eventually(
      'all are committed',
      async () => (await kafka.committed(mapping.consumerGroupId))[0] === 30,
    );
    expect(first(fn.events)).toEqual(numbers(30));
  });

  describe('a rebalance', () => {
    test('brings new partitions of the topic in, from their first record', async () => {
      const fn = recordingFunction();
      const mapping = await kafka.startMapping(fn, { startingPosition: 'LATEST' });
      await kafka.admin.createPartitions({ topicPartitions: [{ topic: kafka.topic, count: 4 }] });
      await kafka.send(['new'], 3);
      broker.faults.fail('Heartbeat', 'UNKNOWN_MEMBER_ID');
      await eventually('it arrives', () => valuesOf(fn.events).includes('new'));
      expect((await mapping.status()).Partitions).toHaveLength(4);
    });
  });
});
