import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { FrameReader } from '../../../../../lib/kafka/frames/frame-reader.ts';
import { Reader } from '../../../../../lib/kafka/wire/reader.ts';
import type { Api } from '../../../../../lib/local/broker/api/api.ts';
import { APIS } from '../../../../../lib/local/broker/api/apis.ts';
import { fetch } from '../../../../../lib/local/broker/api/fetch.ts';
import { listOffsets } from '../../../../../lib/local/broker/api/list-offsets.ts';
import { metadata } from '../../../../../lib/local/broker/api/metadata.ts';
import { produce } from '../../../../../lib/local/broker/api/produce.ts';
import { createPartitions, createTopics, deleteTopics } from '../../../../../lib/local/broker/api/topics.ts';
import type { Broker } from '../../../../../lib/local/broker/broker.ts';
import { PartitionLog } from '../../../../../lib/local/broker/log/partition-log.ts';
import { NO_UUID } from '../../../../../lib/local/broker/wire/schema.ts';
import { Writer } from '../../../../../lib/local/broker/wire/writer.ts';
import { createLog } from '../../../../../lib/log.ts';
import { eventually } from '../../../../../lib/testing/eventually.ts';
import { startTestBroker } from '../../../../support/broker.ts';
import { recordBatch } from './record-batches.ts';

let broker: Broker;
const lines: string[] = [];

beforeAll(async () => {
  broker = await startTestBroker({ log: createLog({ write: (line) => lines.push(line), level: 'warn' }) });
  broker.createTopic('t', 1);
});

/** A client that sends raw frames and receives the bodies of the answers, by correlation id. */
class RawClient {
  readonly socket: Socket;
  readonly answers: { correlationId: number; body: Buffer }[] = [];
  #changed = () => {};

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    const frames = new FrameReader(4);
    this.socket.on('data', (chunk) => {
      for (const frame of frames.push(chunk)) {
        this.answers.push({ correlationId: frame.readInt32BE(0), body: frame.subarray(4) });
      }
      this.#changed();
    });
  }

  async waitFor(count: number): Promise<void> {
    while (this.answers.length < count) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

function frame(key: number, version: number, correlationId: number, body: Buffer): Buffer {
  const header = Buffer.alloc(14);
  header.writeInt32BE(10 + body.length, 0);
  header.writeInt16BE(key, 4);
  header.writeInt16BE(version, 6);
  header.writeInt32BE(correlationId, 8);
  header.writeInt16BE(-1, 12);
  return Buffer.concat([header, body]);
}

function encoded<T>(api: Api<T, unknown>, version: number, value: T): Buffer {
  const writer = new Writer(version >= api.flexibleFrom);
  api.request.write(writer, value, version);
  return Buffer.concat(writer.chunks());
}

function produceRequest(acks: number, records: Buffer) {
  const topics = [{ name: 't', partitions: [{ index: 0, records }] }];
  return { transactionalId: null, acks, timeoutMs: 1000, topics };
}

const allTopics = {
  topics: null,
  allowAutoTopicCreation: false,
  includeClusterAuthorizedOperations: false,
  includeTopicAuthorizedOperations: false,
};

const fetchRequest = (maxWaitMs: number, fetchOffset: number) => ({
  replicaId: -1,
  maxWaitMs,
  minBytes: 1,
  maxBytes: 1_000_000,
  isolationLevel: 0,
  sessionId: 0,
  sessionEpoch: -1,
  topics: [
    {
      name: 't',
      id: NO_UUID,
      partitions: [
        {
          index: 0,
          currentLeaderEpoch: -1,
          fetchOffset,
          lastFetchedEpoch: -1,
          logStartOffset: -1,
          maxBytes: 1_000_000,
        },
      ],
    },
  ],
  forgottenTopics: [],
  rackId: '',
});

/** Throws unless a new connection is served. */
async function expectService(): Promise<void> {
  const client = new RawClient(broker.port);
  client.socket.write(frame(metadata.key, 4, 99, encoded(metadata, 4, allTopics)));
  await client.waitFor(1);
  expect(client.answers[0]?.correlationId).toBe(99);
  client.socket.destroy();
}

/** Sends bytes, ends the connection and waits until the broker has closed it. */
async function sendAndEnd(bytes: Uint8Array): Promise<void> {
  const socket = connect(broker.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  socket.end(bytes);
  await once(socket, 'close');
}

describe('whatever a client sends, the broker lives and other connections go on', () => {
  const bystander = () => new RawClient(broker.port);

  test('arbitrary bytes', async () => {
    const other = bystander();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), (noise) => sendAndEnd(noise)),
      { numRuns: 100 },
    );
    other.socket.write(frame(metadata.key, 4, 7, encoded(metadata, 4, allTopics)));
    await other.waitFor(1);
    other.socket.destroy();
  });

  test('a proper header of any API and version, and an arbitrary body', async () => {
    const offered = APIS.flatMap(({ key, versions: [min, max] }) =>
      Array.from({ length: max - min + 1 }, (_, index) => ({ key, version: min + index })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...offered),
        fc.uint8Array({ maxLength: 200 }),
        ({ key, version }, noise) => sendAndEnd(frame(key, version, 1, Buffer.from(noise))),
      ),
      { numRuns: 300 },
    );
    await expectService();
  });

  test('a proper Produce request with an arbitrarily damaged batch', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(255), fc.nat(), async (position, byte, cut) => {
        const batch = recordBatch({ values: ['a', 'b'] });
        batch.writeUInt8(byte, position % batch.length);
        const damaged = cut % 3 === 0 ? batch.subarray(0, cut % batch.length) : batch;
        await sendAndEnd(frame(produce.key, 7, 1, encoded(produce, 7, produceRequest(1, damaged))));
      }),
      { numRuns: 200 },
    );
    await expectService();
  });

  test.each([
    ['a size over the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
    ['a negative size', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['an API that does not exist', frame(999, 0, 1, Buffer.alloc(0))],
    ['a version that does not exist', frame(metadata.key, 99, 1, Buffer.alloc(0))],
    ['an array of two billion items', frame(metadata.key, 4, 1, Buffer.from([0x7f, 0xff, 0xff, 0xff]))],
  ])('%s closes the connection', async (_, bytes) => {
    const socket = connect(broker.port, '127.0.0.1');
    socket.resume();
    socket.write(bytes);
    await once(socket, 'close');
    await expectService();
  });
});

test('what is not offered is named once in the log', async () => {
  lines.length = 0;
  for (let index = 0; index < 3; index++) await sendAndEnd(frame(71, 0, 1, Buffer.alloc(0)));
  expect(lines.map((line) => JSON.parse(line).message)).toEqual([
    'a client asked for API 71 version 0: it is not offered',
  ]);
});

test('ApiVersions of an unknown version is answered in version 0 with UNSUPPORTED_VERSION and what is offered', async () => {
  const client = new RawClient(broker.port);
  client.socket.write(frame(18, 77, 5, Buffer.from([1, 1, 0])));
  await client.waitFor(1);
  const reader = new Reader(client.answers[0]?.body ?? Buffer.alloc(0));
  expect(reader.int16()).toBe(35);
  const offered = reader.array(() => ({ key: reader.int16(), versions: [reader.int16(), reader.int16()] }));
  expect(offered).toContainEqual({ key: 18, versions: [0, 5] });
  expect(reader.remaining).toBe(0);
  client.socket.destroy();
});

test('pipelined requests are answered in their order, a waiting Fetch included', async () => {
  const client = new RawClient(broker.port);
  const atTheEnd = 1_000_000;
  const requests = [
    frame(metadata.key, 4, 1, encoded(metadata, 4, allTopics)),
    frame(fetch.key, 11, 2, encoded(fetch, 11, fetchRequest(300, 0))),
    frame(metadata.key, 9, 3, Buffer.concat([Buffer.from([0]), encoded(metadata, 9, allTopics)])),
    frame(fetch.key, 4, 4, encoded(fetch, 4, fetchRequest(50, atTheEnd))),
    frame(produce.key, 7, 5, encoded(produce, 7, produceRequest(-1, recordBatch()))),
  ];
  client.socket.write(Buffer.concat(requests));
  await client.waitFor(requests.length);
  expect(client.answers.map((answer) => answer.correlationId)).toEqual([1, 2, 3, 4, 5]);
  client.socket.destroy();
});

test('a Fetch that waits is answered as soon as another connection appends', async () => {
  broker.createTopic('waited-for', 1);
  const waiting = new RawClient(broker.port);
  const patient = fetchRequest(60_000, 0);
  const topics = patient.topics.map((topic) => ({ ...topic, name: 'waited-for' }));
  waiting.socket.write(frame(fetch.key, 11, 1, encoded(fetch, 11, { ...patient, topics })));
  await expectService();
  const producer = new RawClient(broker.port);
  const records = produceRequest(-1, recordBatch());
  const body = { ...records, topics: records.topics.map((topic) => ({ ...topic, name: 'waited-for' })) };
  producer.socket.write(frame(produce.key, 7, 1, encoded(produce, 7, body)));
  await waiting.waitFor(1);
  const answer = fetch.response.read(new Reader(waiting.answers[0]?.body ?? Buffer.alloc(0)), 11);
  expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 1 });
  expect(answer.topics[0]?.partitions[0]?.records).toHaveLength(recordBatch().length);
  for (const client of [waiting, producer]) client.socket.destroy();
});

describe('Produce refuses', () => {
  const oldMessageSet = Buffer.alloc(40);
  oldMessageSet.writeInt32BE(28, 8);
  oldMessageSet.writeInt8(1, 16);
  const wrongCrc = recordBatch();
  wrongCrc.writeUInt8(wrongCrc.readUInt8(20) ^ 1, 20);

  test.each([
    ['a wrong CRC', 7, -1, wrongCrc, 2],
    ['a batch cut short', 7, -1, recordBatch().subarray(0, 50), 2],
    ['a batch over 1,048,588 bytes', 7, -1, recordBatch({ values: ['x'.repeat(1_048_588)] }), 10],
    ['acks 2', 7, 2, recordBatch(), 21],
    ['an old message set', 7, -1, oldMessageSet, 87],
    ['two batches', 7, -1, Buffer.concat([recordBatch(), recordBatch()]), 87],
    ['no batch', 7, -1, Buffer.alloc(0), 87],
    ['a control batch', 7, -1, recordBatch({ attributes: 0b10_0000 }), 87],
    ['a transactional batch', 7, -1, recordBatch({ attributes: 0b1_0000 }), 48],
    ['broken gzip', 7, -1, recordBatch({ attributes: 1 }), 87],
    ['codec 7', 7, -1, recordBatch({ attributes: 7 }), 76],
    ['a wrong count', 7, -1, recordBatch({ recordCount: 2, lastOffsetDelta: 1 }), 87],
    ['LogAppendTime', 7, -1, recordBatch({ attributes: 0b1000 }), 32],
    ['versions from before record batches', 2, -1, recordBatch(), 35],
  ])('%s', async (_, version, acks, records, expected) => {
    const client = new RawClient(broker.port);
    client.socket.write(
      frame(produce.key, version, 1, encoded(produce, version, produceRequest(acks, records))),
    );
    await client.waitFor(1);
    const answer = produce.response.read(new Reader(client.answers[0]?.body ?? Buffer.alloc(0)), version);
    expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode: expected, baseOffset: -1 });
    client.socket.destroy();
  });

  test('with acks=0 by closing the connection, as there is no answer', async () => {
    const socket = connect(broker.port, '127.0.0.1');
    socket.resume();
    socket.write(frame(produce.key, 7, 1, encoded(produce, 7, produceRequest(0, wrongCrc))));
    await once(socket, 'close');
  });

  test('nothing of 1,048,588 bytes exactly', async () => {
    const overhead = recordBatch({ values: ['x'.repeat(1_000_000)] }).length - 1_000_000;
    const largest = recordBatch({ values: ['x'.repeat(1_048_588 - overhead)] });
    expect(largest).toHaveLength(1_048_588);
    const client = new RawClient(broker.port);
    client.socket.write(frame(produce.key, 7, 1, encoded(produce, 7, produceRequest(-1, largest))));
    await client.waitFor(1);
    const answer = produce.response.read(new Reader(client.answers[0]?.body ?? Buffer.alloc(0)), 7);
    expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(0);
    client.socket.destroy();
  });
});

describe('no request makes the broker do the same many times', () => {
  async function ask<Request, Response>(api: Api<Request, Response>, version: number, request: Request) {
    const client = new RawClient(broker.port);
    client.socket.write(frame(api.key, version, 1, encoded(api, version, request)));
    await client.waitFor(1);
    client.socket.destroy();
    return api.response.read(new Reader(client.answers[0]?.body ?? Buffer.alloc(0)), version);
  }

  test('Metadata describes a topic once', async () => {
    const topics = new Array(1000).fill({ name: 't' });
    expect((await ask(metadata, 4, { ...allTopics, topics })).topics).toHaveLength(1);
  });

  test('ListOffsets looks up a partition once', async () => {
    const partition = { index: 0, currentLeaderEpoch: -1, timestamp: 0 };
    const topics = [{ name: 't', partitions: [partition, partition] }];
    const answer = await ask(listOffsets, 4, { replicaId: -1, isolationLevel: 0, topics, timeoutMs: 0 });
    expect(answer.topics[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([0, 42]);
  });

  test('CreateTopics creates 4,000 partitions at most, and CreatePartitions none beyond', async () => {
    const topics = Array.from({ length: 5000 }, (_, index) => ({
      name: `many-${index}`,
      partitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    }));
    const created = await ask(createTopics, 4, { topics, timeoutMs: 1000, validateOnly: false });
    const codes = created.topics.map(({ errorCode }) => errorCode);
    expect(codes.filter((code) => code === 0).length).toBeGreaterThan(3900);
    expect(codes.filter((code) => code === 44).length).toBeGreaterThanOrEqual(1000);
    const grown = [{ name: 't', count: 2, assignments: null }];
    const answer = await ask(createPartitions, 0, { topics: grown, timeoutMs: 1000, validateOnly: false });
    expect(answer.topics[0]?.errorCode).toBe(44);
    const names = topics.map(({ name }) => name);
    await ask(deleteTopics, 1, { topics: [], names, timeoutMs: 1000 });
    const again = { topics: topics.slice(0, 1), timeoutMs: 1000, validateOnly: true };
    expect((await ask(createTopics, 4, again)).topics[0]?.errorCode).toBe(0);
  });
});

test('a request other than Produce of more than 8 MiB closes its connection', async () => {
  await sendAndEnd(frame(metadata.key, 4, 1, Buffer.alloc(8 * 1024 * 1024)));
  await expectService();
});

test('a Fetch that waits and cannot be answered is answered with an error, and the process goes on', async () => {
  const client = new RawClient(broker.port);
  broker.createTopic('unreadable', 1);
  const waiting = fetchRequest(200, 0);
  const topics = waiting.topics.map((topic) => ({ ...topic, name: 'unreadable' }));
  const read = jest.spyOn(PartitionLog.prototype, 'read');
  client.socket.write(frame(fetch.key, 11, 1, encoded(fetch, 11, { ...waiting, topics })));
  await eventually('the Fetch waits', () => read.mock.calls.length > 0);
  read.mockImplementation(() => {
    throw new Error('the file is gone');
  });
  await client.waitFor(1);
  read.mockRestore();
  const answer = fetch.response.read(new Reader(client.answers[0]?.body ?? Buffer.alloc(0)), 11);
  expect(answer.topics[0]?.partitions[0]?.errorCode).toBe(-1);
  await expectService();
  client.socket.destroy();
});
