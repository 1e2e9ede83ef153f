import fc from 'fast-check';
import Encoder from 'kafkajs/src/protocol/encoder';
import produceRequest from 'kafkajs/src/protocol/requests/produce/v7/request';
import { ByteReader } from '../../../../../lib/kafka/connection/byte-reader.ts';
import { ByteWriter } from '../../../../../lib/kafka/connection/byte-writer.ts';
import {
  produceRequest as ownRequest,
  type PartitionBatch,
} from '../../../../../lib/kafka/producer/produce-request.ts';
import { anyCharacter } from '../../../../support/any-character.ts';

const bytes = (maxLength = 40) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const record = fc.record({
  key: fc.option(bytes()),
  // Around the lengths at which a varint takes one more byte.
  value: fc.option(fc.oneof(bytes(), bytes(130), fc.integer({ min: 8_190, max: 8_194 }).map(Buffer.alloc))),
  headers: fc.array(fc.tuple(fc.string({ unit: anyCharacter }), bytes(70)), { maxLength: 5 }),
});
const places = fc.record({ topic: fc.constantFrom('events', 'orders', 'a'), partition: fc.nat(70_000) });
/** Of one producer, at most one of a partition. */
const batches = fc
  .record({
    id: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    epoch: fc.nat(32_767),
    places: fc.uniqueArray(places, { minLength: 1, maxLength: 4, selector: placeOf }),
    firstSequence: fc.nat(2 ** 31 - 1),
    timestamp: fc.nat(2 ** 53 - 1),
    records: fc.array(record, { minLength: 1, maxLength: 70 }),
  })
  .map(({ id, epoch, places, ...rest }) =>
    places.map((place): PartitionBatch => ({ ...rest, ...place, producerId: { id, epoch } })),
  );

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

function encodeProduceRequest(batches: readonly PartitionBatch[]): Buffer {
  const writer = new ByteWriter();
  ownRequest(batches).write(writer, 7);
  return writer.written();
}

const decodeProduceResponse = (bytes: Buffer) => ownRequest([]).read(new ByteReader(bytes), 7);

async function encodedByKafkajs(batches: readonly PartitionBatch[]): Promise<Buffer> {
  const topics = [...new Set(batches.map(({ topic }) => topic))];
  const { encode } = produceRequest({
    acks: -1,
    timeout: 3_000,
    producerId: String(batches[0]?.producerId.id),
    producerEpoch: batches[0]?.producerId.epoch ?? 0,
    topicData: topics.map((topic) => ({
      topic,
      partitions: batches.filter((batch) => batch.topic === topic).map(partitionData),
    })),
  });
  return (await encode()).buffer;
}

function partitionData({ partition, firstSequence, records, timestamp }: PartitionBatch) {
  const messages = records.map(({ key, value, headers }) => {
    const all = headers.map(([name, content]) => ({ key: name, value: content }));
    // kafkajs takes headers by name and lists those of one name with the `map` of their array.
    return {
      key,
      value,
      timestamp: String(timestamp),
      headers: { all: Object.assign([], { map: () => all }) },
    };
  });
  return { partition, firstSequence, messages };
}

describe('a Produce request', () => {
  test('has the bytes that kafkajs writes for the same batches', () =>
    fc.assert(
      fc.asyncProperty(batches, async (all) => {
        expect(encodeProduceRequest(all).equals(await encodedByKafkajs(all))).toBe(true);
      }),
    ));
});

describe('the answer to a Produce request', () => {
  const answer = fc.record({
    topic: fc.string({ unit: anyCharacter }),
    partition: fc.nat(2 ** 31 - 1),
    errorCode: fc.integer({ min: -1, max: 100 }),
    baseOffset: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }),
    logAppendTime: fc.integer({ min: -1, max: 2 ** 53 - 1 }),
  });

  test('tells of every partition, and how long to be silent', () => {
    fc.assert(
      fc.property(fc.array(answer), fc.nat(2 ** 31 - 1), (partitions, throttleTimeMs) => {
        const encoder = new Encoder().writeInt32(partitions.length);
        for (const { topic, partition, errorCode, baseOffset, logAppendTime } of partitions) {
          encoder.writeString(topic).writeInt32(1).writeInt32(partition).writeInt16(errorCode);
          encoder.writeInt64(baseOffset).writeInt64(logAppendTime).writeInt64(0);
        }
        const { buffer } = encoder.writeInt32(throttleTimeMs);
        expect(decodeProduceResponse(buffer)).toEqual({ partitions, throttleTimeMs });
      }),
    );
  });

  test('is refused when it ends too early', () => {
    const { buffer } = new Encoder().writeInt32(1).writeString('events').writeInt32(1).writeInt32(0);
    expect(() => decodeProduceResponse(buffer)).toThrow(RangeError);
  });
});
