import type { Assignment } from '../../../../../lib/kafka/reading/consumer.ts';
import { MAXIMUM_QUEUED_BYTES } from '../../../../../lib/local/mapping/choices.ts';
import { createMappingLog } from '../../../../../lib/local/mapping/mapping-log.ts';
import { RunningMapping } from '../../../../../lib/local/mapping/running-mapping.ts';
import { createLog } from '../../../../../lib/log.ts';
import {
  consumedRecord,
  declare,
  heldFunction,
  type RecordingFunction,
} from '../../../../support/event-source-mapping.ts';

const PARTITIONS = 100;
const FETCH_BYTES = 1_048_576;

function runningMapping(fn: RecordingFunction): RunningMapping {
  const log = createLog({ write: () => {} });
  const mapping = new RunningMapping({
    uuid: 'uuid',
    declaration: declare({ pollers: { minimum: 1, maximum: 1, group: undefined } }),
    functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:consume',
    brokers: ['localhost:9092'],
    startOffsets: new Map(),
    filter: () => true,
    schemas: undefined,
    destination: undefined,
    resend: 'reported',
    duplicateRate: 0,
    invoke: fn.invoke,
    log,
    systemLog: createMappingLog({
      level: undefined,
      uuid: 'uuid',
      resourceArn: '',
      eventSourceArn: undefined,
      topic: 'orders',
      brokers: [],
      auth: 'none',
      write: () => {},
    }),
  });
  mapping.start(() => ({ wake: () => {}, stop: () => mapping.revoked() }));
  return mapping;
}

function assignment(ended: AbortSignal): Assignment {
  return {
    memberId: 'member',
    generation: 1,
    partitionCount: PARTITIONS,
    committed: new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, undefined])),
    ended,
    readFrom: () => {},
    commit: async () => {},
    endOffsets: async () => new Map(),
  };
}

test('what waits is bounded over all partitions, and a partition that has nothing is still fetched', async () => {
  const { fn, letGo } = heldFunction();
  const mapping = runningMapping(fn);
  const ended = new AbortController();
  mapping.assigned(assignment(ended.signal));
  await new Promise(setImmediate);

  const value = Buffer.alloc(FETCH_BYTES / 8);
  const fetched = new Map<number, number>();
  let bytes = 0;
  for (let round = 0; round < 10; round++) {
    for (let partition = 0; partition < PARTITIONS / 2; partition++) {
      if (!mapping.wants(partition)) continue;
      const first = fetched.get(partition) ?? 0;
      const records = Array.from({ length: 8 }, (_, index) =>
        consumedRecord({ partition, offset: first + index, value }),
      );
      fetched.set(partition, first + records.length);
      bytes += FETCH_BYTES;
      mapping.received(partition, { records, nextOffset: first + 8, endOffset: 1_000_000, unreadable: [] });
    }
  }
  // Base64 adds a third, and each of the partitions may have had one fetch on top.
  expect(bytes).toBeLessThan(MAXIMUM_QUEUED_BYTES + (PARTITIONS / 2) * FETCH_BYTES);
  expect(mapping.wants(0)).toBe(false);
  expect(mapping.wants(PARTITIONS - 1)).toBe(true);

  const { Metrics } = await mapping.status();
  expect(Metrics).toMatchObject({
    EventPollerThroughputInBytes: bytes,
    ProvisionedPollers: 1,
    EventPollerUnit: 1,
  });
  ended.abort();
  letGo();
  await mapping.stop();
});
