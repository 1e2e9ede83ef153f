import { gzipSync } from 'node:zlib';
import { ErrorCode, type ErrorName } from '../../lib/kafka/error-codes.ts';
import { listOffsets } from '../../lib/local/broker/api/list-offsets.ts';
import { produce } from '../../lib/local/broker/api/produce.ts';
import { type BatchOptions, CODECS, recordBatch } from '../unit/lib/local/broker/record-batches.ts';
import type { Attack } from './attack.ts';
import { AttackedBroker, type Client, TOPIC } from './attacked-broker.ts';

const GARBAGE = () => Buffer.from('no compressed records');
/** Batches whose CRC is right and whose content is not, and how Kafka refuses them. */
const BROKEN: Record<string, [BatchOptions, ErrorName]> = {
  gzip: [{ attributes: 1, encode: GARBAGE }, 'INVALID_RECORD'],
  snappy: [{ attributes: 2, encode: GARBAGE }, 'INVALID_RECORD'],
  lz4: [{ attributes: 3, encode: GARBAGE }, 'INVALID_RECORD'],
  'codec 7': [{ attributes: 7 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
  'too many': [{ recordCount: 2, lastOffsetDelta: 1 }, 'INVALID_RECORD'],
  'too few': [{ values: ['a', 'b'], recordCount: 1, lastOffsetDelta: 0 }, 'INVALID_RECORD'],
  none: [{ values: [] }, 'INVALID_RECORD'],
  'a wrong last offset': [{ lastOffsetDelta: 7 }, 'INVALID_RECORD'],
  'a wrong length': [{ encode: (records) => records.subarray(1) }, 'INVALID_RECORD'],
  'a rest': [{ encode: (records) => Buffer.concat([records, GARBAGE()]) }, 'INVALID_RECORD'],
  'a bomb of 65 MB': [bomb(65), 'MESSAGE_TOO_LARGE'],
  'a bomb of 200 MB': [bomb(200), 'MESSAGE_TOO_LARGE'],
};
const RANDOM_BATCHES = 500;
const BOMBS_AT_ONCE = 30;
const MAX_WAIT_MS = 5_000;

/** Record batches that are not what they say. */
export const kafkaBatches: Attack = {
  name: 'kafka-batches',
  property: 'a batch whose content is broken is refused, and holds up nobody',
  async run(ground) {
    const { random } = ground;
    const broker = await AttackedBroker.start(ground);
    const client = await broker.connect();
    await send(client, recordBatch({ values: ['first'] }), 'NONE');
    for (const [name, [options, error]] of Object.entries(BROKEN)) {
      const code = await errorOf(client, recordBatch(options));
      if (code !== ErrorCode[error]) throw new Error(`${name}: error ${code} instead of ${error}`);
    }

    const mangled = (records: Buffer) => {
      const copy = Buffer.from(records);
      copy.writeUInt8(random.integer(0, 255), random.integer(0, copy.length - 1));
      return copy;
    };
    let accepted = 0;
    for (let sent = 0; sent < RANDOM_BATCHES; sent++) {
      const codec = random.pick([{}, ...Object.values(CODECS)]);
      const values = Array.from({ length: random.integer(1, 5) }, () => 'x'.repeat(random.integer(0, 50)));
      const batch = recordBatch({
        values,
        ...codec,
        encode: (records) => mangled(encodeWith(codec, records)),
      });
      if ((await errorOf(client, batch)) === 0) accepted++;
    }

    const largest = recordBatch(bomb(63));
    const slowest = await broker.slowestDuring(async () => {
      await client.ask(produce, 7, request(new Array<Buffer>(BOMBS_AT_ONCE).fill(largest)));
    });
    if (slowest > MAX_WAIT_MS) throw new Error(`others waited ${slowest} ms for ${BOMBS_AT_ONCE} bombs`);
    await client.ask(listOffsets, 4, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [
        {
          name: TOPIC,
          partitions: Array.from({ length: 1000 }, () => ({
            index: 0,
            currentLeaderEpoch: -1,
            timestamp: 0,
          })),
        },
      ],
      timeoutMs: 0,
    });
    await send(client, recordBatch({ values: ['last'] }), 'NONE');
    const { length } = await client.readBatches(TOPIC);
    const expected = accepted + 2;
    if (length !== expected) throw new Error(`${length} batches are there, ${expected} were acknowledged`);
    return `${Object.keys(BROKEN).length} kinds, ${RANDOM_BATCHES} random ones; others waited ${slowest} ms at most`;
  },
};

function encodeWith(codec: BatchOptions, records: Buffer): Buffer {
  return codec.encode?.(records) ?? records;
}

/** One record, or what looks like one, of so many MB of zeros. */
function bomb(megabytes: number): BatchOptions {
  return { attributes: 1, encode: () => gzipSync(Buffer.alloc(megabytes * 2 ** 20)) };
}

function request(batches: readonly Buffer[]) {
  const partitions = batches.map((records) => ({ index: 0, records }));
  return { transactionalId: null, acks: -1, timeoutMs: 1000, topics: [{ name: TOPIC, partitions }] };
}

async function errorOf(client: Client, batch: Buffer): Promise<number | undefined> {
  const answer = await client.ask(produce, 7, request([batch]));
  return answer.topics[0]?.partitions[0]?.errorCode;
}

async function send(client: Client, batch: Buffer, error: ErrorName): Promise<void> {
  const code = await errorOf(client, batch);
  if (code !== ErrorCode[error]) throw new Error(`error ${code} instead of ${error}`);
}
