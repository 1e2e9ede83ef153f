import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MskEvent } from '../../../lib/consume/msk-event.ts';
import type { SchemaRegistryDeclaration } from '../../../lib/mapping/schema-registry.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import {
  type Answer,
  BROKEN,
  CLUSTER_ARN,
  type KafkaFixture,
  recordingFunction,
  recordsOf,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';

// Retries that take a minute prove nothing that retries of a moment do not.
jest.mock('../../../lib/local/mapping/choices.ts', () => ({
  ...jest.requireActual('../../../lib/local/mapping/choices.ts'),
  RETRY_BACKOFF_MS: { first: 1, longest: 10 },
}));

/** Pages of the AWS Lambda Developer Guide, and what others have reported where it is silent. */
const page = {
  msk: 'Using Lambda with Amazon MSK',
  selfManaged: 'Using Lambda with self-managed Apache Kafka',
  processing: 'How Lambda processes records from Kafka event sources',
  batching: 'How Lambda processes records from stream and queue-based event sources',
  latency: 'Low latency processing for Kafka event sources',
  group: 'Customizable consumer group ID',
  parameters: 'All Amazon MSK event source configuration parameters in Lambda',
  errors: 'Configuring error handling controls for Kafka event sources',
  destinations: 'Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources',
  kafkaDestination: 'Using a Kafka topic as an on-failure destination',
  filtering: 'Filtering events from Amazon MSK and self-managed Apache Kafka event sources',
  schemas: 'Using schema registries with Kafka event sources',
  scaling: 'Apache Kafka event poller scaling modes',
  metrics: 'Types of metrics for Lambda functions',
  logging: 'Kafka event source mapping logging',
  headers: 'aws-powertools/powertools-lambda-python issue 6862',
  tombstones: 'aws-powertools/powertools-lambda-typescript issue 5016',
  choice: 'no document: a choice of this project',
} as const;

let kafka: KafkaFixture;
let directory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  kafka = await startKafkaFixture();
});
afterEach(async () => {
  await kafka.stop();
  rmSync(directory, { recursive: true });
});

/** One rule, and where it is written. */
function rule(source: keyof typeof page, title: string, run: () => Promise<void>): void {
  test(`${title} [${page[source]}]`, run);
}

/** Provisioned mode, which most controls need. */
const pollers = { minimum: 1, maximum: 3, group: undefined };
const key = (partition: number): string => `${kafka.topic}-${partition}`;
const committedAt = (groupId: string, offset: number, partition = 0) =>
  eventually(
    `offset ${offset} is committed`,
    async () => (await kafka.committed(groupId))[partition] === offset,
  );

describe('the event', () => {
  rule('msk', 'has source, ARN, bootstrap servers and records by topic and partition', async () => {
    const fn = recordingFunction();
    await kafka.startMapping(fn);
    await kafka.send([{ key: 'k', value: '{"id":1}', timestamp: '1760000000000' }], 2);
    await eventually('it arrives', () => fn.events.length === 1);
    expect(fn.events[0]).toEqual({
      eventSource: 'aws:kafka',
      eventSourceArn: CLUSTER_ARN,
      bootstrapServers: kafka.brokers,
      records: {
        [key(2)]: [
          {
            topic: kafka.topic,
            partition: 2,
            offset: 0,
            timestamp: 1_760_000_000_000,
            timestampType: 'CREATE_TIME',
            key: Buffer.from('k').toString('base64'),
            value: Buffer.from('{"id":1}').toString('base64'),
            headers: [],
          },
        ],
      },
    });
  });

  rule('selfManaged', 'of a self-managed cluster has its own source and no ARN', async () => {
    const fn = recordingFunction();
    await kafka.startMapping(fn, { kind: 'self-managed', eventSourceArn: undefined });
    await kafka.send(['x']);
    await eventually('it arrives', () => fn.events.length === 1);
    expect(fn.events[0]).toMatchObject({ eventSource: 'SelfManagedKafka', bootstrapServers: kafka.brokers });
    expect(fn.events[0]).not.toHaveProperty('eventSourceArn');
  });

  rule('headers', 'holds header bytes as Java does, -128 to 127, one object per header', async () => {
    const fn = recordingFunction();
    await kafka.startMapping(fn);
    await kafka.send([{ value: 'x', headers: { city: 'Zürich', tag: ['a', 'b'] } }]);
    await eventually('it arrives', () => fn.events.length === 1);
    expect(recordsOf(fn.events)[0]?.headers).toEqual([
      { city: [90, -61, -68, 114, 105, 99, 104] },
      { tag: [97] },
      { tag: [98] },
    ]);
  });

  rule('tombstones', 'leaves out the key of a record without one and the value of a tombstone', async () => {
    const fn = recordingFunction();
    await kafka.startMapping(fn);
    await kafka.send([{ key: 'k', value: null }, { value: '' }]);
    await eventually('they arrive', () => recordsOf(fn.events).length === 2);
    const [tombstone, empty] = recordsOf(fn.events);
    expect(tombstone).not.toHaveProperty('value');
    expect(empty).not.toHaveProperty('key');
    expect(empty).toHaveProperty('value', '');
  });

  rule('processing', 'may hold several partitions', async () => {
    const fn = recordingFunction();
    await kafka.send(['a'], 0);
    await kafka.send(['b'], 1);
    await kafka.startMapping(fn, { batchingWindowMs: 1_000 });
    await eventually('they arrive', () => fn.events.length > 0);
    expect(Object.keys(fn.events[0]?.records ?? {}).toSorted()).toEqual([key(0), key(1)]);
  });
});

describe('a batch', () => {
  rule('batching', 'goes out when it has the batch size, however long the window', async () => {
    const fn = recordingFunction();
    await kafka.startMapping(fn, { batchSize: 2, batchingWindowMs: 300_000 });
    await kafka.send(['1', '2', '3', '4', '5']);
    await eventually('two batches arrive', () => fn.events.length === 2);
    expect(fn.events.map((event) => valuesOf([event]))).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  rule(
    'batching',
    'goes out after the window with fewer records, and one window gathers several',
    async () => {
      const fn = recordingFunction();
      await kafka.startMapping(fn, { batchSize: 10_000, batchingWindowMs: 1_000 });
      await kafka.send(['1']);
      await kafka.send(['2']);
      await eventually('they arrive', () => fn.events.length > 0);
      expect(valuesOf(fn.events)).toEqual(['1', '2']);
      expect(fn.events).toHaveLength(1);
    },
  );

  rule('latency', 'goes out at once with a window of 0', async () => {
    const fn = recordingFunction();
    await kafka.startMapping(fn, { batchSize: 10_000, batchingWindowMs: 0, pollers });
    await kafka.send(['1']);
    await eventually('the first arrives', () => fn.events.length === 1);
    await kafka.send(['2']);
    await eventually('the second arrives on its own', () => fn.events.length === 2);
  });

  rule('processing', 'is no larger than 6 MB of JSON', async () => {
    const fn = recordingFunction();
    for (let count = 0; count < 8; count++) await kafka.send([{ value: Buffer.alloc(900_000, count) }]);
    await kafka.startMapping(fn, { batchSize: 10_000, batchingWindowMs: 2_000 });
    await eventually('all arrive', () => recordsOf(fn.events).length === 8);
    const sizes = fn.events.map((event) => Buffer.byteLength(JSON.stringify(event)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6_291_456);
    expect(recordsOf(fn.events).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  rule('processing', 'is the only one of its partition in flight', async () => {
    const fn = recordingFunction();
    let overlaps = 0;
    fn.answer = async () => {
      if (fn.inFlight() > 1) overlaps++;
      await new Promise((resolve) => setImmediate(resolve));
      return {};
    };
    await kafka.startMapping(fn, { batchSize: 1 });
    await kafka.send(Array.from({ length: 20 }, (_, index) => String(index)));
    await eventually('all arrive', () => recordsOf(fn.events).length === 20);
    expect(overlaps).toBe(0);
    expect(valuesOf(fn.events)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
  });

  rule('processing', 'does not wait for one of another partition', async () => {
    const fn = recordingFunction();
    let letGo = (): void => {};
    const held = new Promise<Answer>((resolve) => {
      letGo = () => resolve({});
    });
    fn.answer = (event) => (key(0) in event.records ? held : {});
    await kafka.startMapping(fn);
    await kafka.send(['slow'], 0);
    await eventually('the slow one is in flight', () => fn.inFlight() === 1);
    await kafka.send(['fast'], 1);
    await eventually('the fast one is through', () => valuesOf(fn.events).includes('fast'));
    expect(fn.inFlight()).toBe(1);
    letGo();
  });
});

describe('offsets and the consumer group', () => {
  rule('group', 'the group is the UUID of the mapping, the same after a restart', async () => {
    const first = await kafka.startMapping(recordingFunction());
    await first.stop();
    const second = await kafka.startMapping(recordingFunction());
    expect(first.consumerGroupId).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(second.consumerGroupId).toBe(first.uuid);
  });

  rule('group', 'or the declared one', async () => {
    const fn = recordingFunction();
    const consumerGroupId = `group of ${kafka.topic}`;
    await kafka.startMapping(fn, { consumerGroupId });
    await kafka.send(['x']);
    await committedAt(consumerGroupId, 1);
  });

  rule('parameters', 'TRIM_HORIZON begins at the first record', async () => {
    const fn = recordingFunction();
    await kafka.send(['before']);
    await kafka.startMapping(fn, { startingPosition: 'TRIM_HORIZON' });
    await eventually('it arrives', () => fn.events.length === 1);
    expect(valuesOf(fn.events)).toEqual(['before']);
  });

  rule('parameters', 'LATEST begins behind the last record', async () => {
    const fn = recordingFunction();
    await kafka.send(['before']);
    await kafka.startMapping(fn, { startingPosition: 'LATEST' });
    await kafka.send(['after']);
    await eventually('it arrives', () => fn.events.length === 1);
    expect(valuesOf(fn.events)).toEqual(['after']);
  });

  rule('parameters', 'AT_TIMESTAMP begins at the first record of that time or later', async () => {
    const fn = recordingFunction();
    const at = Date.now() - 60_000;
    await kafka.send([
      { value: 'before', timestamp: String(at - 1) },
      { value: 'at', timestamp: String(at) },
    ]);
    await kafka.startMapping(fn, { startingPosition: 'AT_TIMESTAMP', startingPositionTimestampMs: at });
    await eventually('it arrives', () => fn.events.length === 1);
    expect(valuesOf(fn.events)).toEqual(['at']);
  });

  rule('group', 'the starting position is ignored where the group has committed', async () => {
    const consumerGroupId = `group of ${kafka.topic}`;
    const first = recordingFunction();
    await kafka.send(['one']);
    const mapping = await kafka.startMapping(first, { consumerGroupId });
    await committedAt(consumerGroupId, 1);
    await mapping.stop();
    await kafka.send(['two']);
    const second = recordingFunction();
    await kafka.startMapping(second, { consumerGroupId, startingPosition: 'LATEST' });
    await eventually('it arrives', () => second.events.length === 1);
    expect(valuesOf(second.events)).toEqual(['two']);
  });

  rule(
    'logging',
    'what is committed is the last processed offset and one, after the function returned',
    async () => {
      const fn = recordingFunction();
      let letGo = (): void => {};
      const held = new Promise<Answer>((resolve) => {
        letGo = () => resolve({});
      });
      fn.answer = () => held;
      const mapping = await kafka.startMapping(fn);
      await kafka.send(['a', 'b', 'c']);
      await eventually('the batch is in flight', () => fn.inFlight() === 1);
      expect(await kafka.committed(mapping.consumerGroupId)).toEqual([-1, -1, -1]);
      letGo();
      await committedAt(mapping.consumerGroupId, 3);
    },
  );
});

describe('a failed batch', () => {
  rule('processing', 'is sent again until it succeeds', async () => {
    const fn = recordingFunction();
    fn.answer = (_, index) => (index < 15 ? BROKEN : {});
    const mapping = await kafka.startMapping(fn);
    await kafka.send(['a', 'b']);
    await committedAt(mapping.consumerGroupId, 2);
    expect(new Set(fn.events.map((event) => JSON.stringify(event))).size).toBe(1);
    expect(fn.events).toHaveLength(16);
  });

  rule(
    'errors',
    'is given up after MaximumRetryAttempts retries, not counting the first attempt',
    async () => {
      const fn = recordingFunction();
      fn.answer = (event) => (valuesOf([event]).includes('bad') ? BROKEN : {});
      const mapping = await kafka.startMapping(fn, { pollers, maximumRetryAttempts: 2, batchSize: 1 });
      await kafka.send(['bad', 'good']);
      await committedAt(mapping.consumerGroupId, 2);
      expect(valuesOf(fn.events)).toEqual(['bad', 'bad', 'bad', 'good']);
      expect((await mapping.status()).Metrics).toMatchObject({
        DroppedEventCount: 1,
        FailedInvokeEventCount: 3,
      });
    },
  );

  rule('errors', 'is retried ten times where retries are unlimited and there is a destination', async () => {
    const fn = recordingFunction();
    fn.answer = () => BROKEN;
    const mapping = await kafka.startMapping(
      fn,
      { onFailureDestination: 'arn:aws:sqs:eu-west-1:111122223333:failed' },
      { onFailureDirectory: directory },
    );
    await kafka.send(['bad']);
    await committedAt(mapping.consumerGroupId, 1);
    expect(fn.events).toHaveLength(11);
  });

  rule(
    'errors',
    'is halved with BisectBatchOnFunctionError, until the record that fails is alone',
    async () => {
      const fn = recordingFunction();
      fn.answer = (event) => (valuesOf([event]).includes('bad') ? BROKEN : {});
      const mapping = await kafka.startMapping(fn, {
        pollers,
        bisectBatchOnFunctionError: true,
        maximumRetryAttempts: 1,
      });
      await kafka.send(['1', '2', 'bad', '4']);
      await committedAt(mapping.consumerGroupId, 4);
      expect(fn.events.map((event) => valuesOf([event]).join())).toEqual([
        '1,2,bad,4',
        '1,2',
        'bad,4',
        'bad',
        'bad',
        '4',
      ]);
    },
  );

  rule('errors', 'is not charged with an attempt when Lambda throttles', async () => {
    const fn = recordingFunction();
    const throttled = { error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' } };
    fn.answer = (_, index) => (index < 4 ? throttled : {});
    const mapping = await kafka.startMapping(fn, { pollers, maximumRetryAttempts: 1 });
    await kafka.send(['x']);
    await committedAt(mapping.consumerGroupId, 1);
    expect((await mapping.status()).Metrics).toMatchObject({ DroppedEventCount: 0 });
  });

  rule('errors', 'leaves out records that outlived MaximumRecordAgeInSeconds', async () => {
    const fn = recordingFunction();
    const old = String(Date.now() - 61_000);
    const mapping = await kafka.startMapping(fn, { pollers, maximumRecordAgeSeconds: 60 });
    await kafka.send([{ value: 'old', timestamp: old }, 'fresh']);
    await committedAt(mapping.consumerGroupId, 2);
    expect(valuesOf(fn.events)).toEqual(['fresh']);
  });
});

describe('a partial batch response', () => {
  const reporting = { pollers, reportBatchItemFailures: true };

  test.each([
    ['nothing', null],
    ['an empty object', {}],
    ['an empty list', { batchItemFailures: [] }],
    ['a null list', { batchItemFailures: null }],
  ])(`of %s means success [${page.errors}]`, async (_, payload) => {
    const fn = recordingFunction();
    fn.answer = () => ({ payload });
    const mapping = await kafka.startMapping(fn, reporting);
    await kafka.send(['x']);
    await committedAt(mapping.consumerGroupId, 1);
    expect(fn.events).toHaveLength(1);
  });

  rule(
    'errors',
    'has the records it names sent again, and nothing is committed past the lowest of them',
    async () => {
      const fn = recordingFunction();
      let broken = true;
      fn.answer = (event) => ({
        payload: {
          batchItemFailures: recordsOf([event])
            .filter(({ offset }) => broken && (offset === 1 || offset === 2))
            .map(({ offset }) => ({ itemIdentifier: { partition: key(0), offset } })),
        },
      });
      const mapping = await kafka.startMapping(fn, { ...reporting, batchingWindowMs: 200 });
      await kafka.send(['0', '1', '2', '3']);
      await committedAt(mapping.consumerGroupId, 1);
      await eventually('it is tried again', () => fn.events.length > 3);
      expect((await kafka.committed(mapping.consumerGroupId))[0]).toBe(1);
      broken = false;
      await committedAt(mapping.consumerGroupId, 4);
      expect(fn.events.slice(1).map((event) => valuesOf([event]).join())).toEqual(
        fn.events.slice(1).map(() => '1,2'),
      );
    },
  );

  rule('choice', 'has everything from the lowest record on sent again, in the other mode', async () => {
    const fn = recordingFunction();
    fn.answer = (_, index) =>
      index === 0
        ? { payload: { batchItemFailures: [{ itemIdentifier: { partition: key(0), offset: 1 } }] } }
        : {};
    const mapping = await kafka.startMapping(
      fn,
      { ...reporting, batchingWindowMs: 200 },
      { resend: 'from-lowest' },
    );
    await kafka.send(['0', '1', '2']);
    await committedAt(mapping.consumerGroupId, 3);
    expect(fn.events.map((event) => valuesOf([event]).join())).toEqual(['0,1,2', '1,2']);
  });

  test.each([
    ['a string identifier', () => '1'],
    ['an unknown partition', () => ({ partition: 'nowhere-0', offset: 1 })],
    ['an unknown offset', () => ({ partition: key(0), offset: 99 })],
    ['an offset as text', () => ({ partition: key(0), offset: '1' })],
  ])(`with %s has the whole batch sent again [${page.errors}]`, async (_, identifier) => {
    const fn = recordingFunction();
    fn.answer = (_event, index) =>
      index === 0 ? { payload: { batchItemFailures: [{ itemIdentifier: identifier() }] } } : {};
    const mapping = await kafka.startMapping(fn, { ...reporting, batchingWindowMs: 200 });
    await kafka.send(['0', '1', '2']);
    await committedAt(mapping.consumerGroupId, 3);
    expect(fn.events.map((event) => valuesOf([event]).join())).toEqual(['0,1,2', '0,1,2']);
  });

  rule('errors', 'is not looked at without ReportBatchItemFailures', async () => {
    const fn = recordingFunction();
    fn.answer = () => ({
      payload: { batchItemFailures: [{ itemIdentifier: { partition: key(0), offset: 0 } }] },
    });
    const mapping = await kafka.startMapping(fn);
    await kafka.send(['x']);
    await committedAt(mapping.consumerGroupId, 1);
    expect(fn.events).toHaveLength(1);
  });
});

describe('an on-failure destination', () => {
  const queue = 'arn:aws:sqs:eu-west-1:111122223333:failed';
  const batchRecord = (condition = 'RetryAttemptsExhausted') => ({
    requestContext: {
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      functionArn: expect.stringMatching(/^arn:aws:lambda:.*:function:consume:\$LATEST$/),
      condition,
      approximateInvokeCount: 2,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    KafkaBatchInfo: {
      batchSize: 2,
      eventSourceArn: CLUSTER_ARN,
      bootstrapServers: kafka.brokers,
      payloadSize: expect.any(Number),
      recordsInfo: {
        [key(1)]: {
          firstRecordOffset: '0',
          lastRecordOffset: '1',
          firstRecordTimestamp: '2025-10-09T08:53:20.000Z',
          lastRecordTimestamp: '2025-10-09T08:53:20.001Z',
        },
      },
    },
  });
  const messages = [
    { key: 'k0', value: '0', timestamp: '1760000000000' },
    { key: 'k1', value: '1', timestamp: '1760000000001' },
  ];

  async function discard(onFailureDestination: string): Promise<MskEvent | undefined> {
    const fn = recordingFunction();
    fn.answer = () => BROKEN;
    const mapping = await kafka.startMapping(
      fn,
      { pollers, maximumRetryAttempts: 1, batchingWindowMs: 200, onFailureDestination },
      { onFailureDirectory: directory },
    );
    await kafka.send(messages, 1);
    await committedAt(mapping.consumerGroupId, 2, 1);
    expect((await mapping.status()).Metrics).toMatchObject({
      OnFailureDestinationDeliveredEventCount: 2,
      DroppedEventCount: 0,
    });
    return fn.events[0];
  }

  test.each(['sqs', 'sns'])(
    `of %s gets metadata without record data [${page.destinations}]`,
    async (service) => {
      await discard(queue.replace('sqs', service));
      const folder = join(directory, service, 'failed');
      const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
      expect(files.map((text) => JSON.parse(text))).toEqual([batchRecord()]);
    },
  );

  rule('destinations', 'of S3 gets the event as text too', async () => {
    const event = await discard('arn:aws:s3:::failed');
    const folder = join(directory, 's3', 'failed');
    const [text = ''] = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    const { payload, ...rest } = JSON.parse(text);
    expect(rest).toEqual(batchRecord());
    expect(JSON.parse(payload)).toEqual(event);
    expect(rest.KafkaBatchInfo.payloadSize).toBe(Buffer.byteLength(payload));
  });

  test.each([
    ['sqs', 'arn:aws:sqs:eu-west-1:111122223333:failed', 'POST', '/'],
    ['sns', 'arn:aws:sns:eu-west-1:111122223333:failed', 'POST', '/'],
    ['s3', 'arn:aws:s3:::failed', 'PUT', /^\/failed\/aws\/lambda\/[\da-f-]{36}\/.*\/\d{4}\/\d\d\/\d\d\//],
  ])(
    `of %s is written to the service at AWS_ENDPOINT_URL [${page.choice}]`,
    async (service, arn, method, path) => {
      const received: { request: IncomingMessage; body: string }[] = [];
      const server = createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request) body += chunk;
        received.push({ request, body });
        response.end('{}');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
      try {
        await discard(arn);
      } finally {
        delete process.env.AWS_ENDPOINT_URL;
        server.close();
      }
      const [{ request, body } = { request: undefined, body: '' }] = received;
      expect(request?.method).toBe(method);
      expect(request?.url).toEqual(typeof path === 'string' ? path : expect.stringMatching(path));
      expect(request?.headers.authorization).toContain(`/${service}/aws4_request`);
      const message =
        service === 'sqs'
          ? JSON.parse(body).MessageBody
          : service === 'sns'
            ? new URLSearchParams(body).get('Message')
            : body;
      expect(JSON.parse(message)).toMatchObject(batchRecord());
    },
  );

  rule(
    'kafkaDestination',
    'that is a Kafka topic gets one message per record, with its key and itself',
    async () => {
      const topic = `failed-${kafka.topic}`;
      await kafka.admin.createTopics({ topics: [{ topic, numPartitions: 2 }] });
      const event = await discard(`kafka://${topic}`);
      const sent = await kafka.messagesOf(topic);
      expect(sent.map((message) => message.key).toSorted()).toEqual(['k0', 'k1']);
      const first = JSON.parse(sent.find((message) => message.key === 'k0')?.value ?? '');
      const { recordsInfo: _, ...info } = batchRecord().KafkaBatchInfo;
      expect(first).toEqual({
        ...batchRecord('RetriesExhausted'),
        KafkaBatchInfo: {
          ...info,
          batchSize: 1,
          recordInfo: { offset: '0', timestamp: '2025-10-09T08:53:20.000Z' },
        },
        payload: { ...event, records: { [key(1)]: event?.records[key(1)]?.slice(0, 1) } },
      });
    },
  );

  rule(
    'destinations',
    'that cannot be reached does not stop the mapping: the records are dropped',
    async () => {
      const fn = recordingFunction();
      fn.answer = () => BROKEN;
      const file = join(directory, 'not-a-folder');
      writeFileSync(file, '');
      const mapping = await kafka.startMapping(
        fn,
        { pollers, maximumRetryAttempts: 0, onFailureDestination: queue },
        { onFailureDirectory: file },
      );
      await kafka.send(['bad']);
      await committedAt(mapping.consumerGroupId, 1);
      expect((await mapping.status()).Metrics).toMatchObject({
        DroppedEventCount: 1,
        OnFailureDestinationDeliveryErrorCount: 1,
        DestinationDeliveryFailures: 1,
        OnFailureDestinationDeliveredEventCount: 0,
      });
    },
  );
});

describe('filters', () => {
  rule('filtering', 'let matching values through, and offsets advance over the others', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn, {
      filterPatterns: [{ value: { total: [{ numeric: ['>', 100] }] } }],
    });
    await kafka.send(['{"total":50}', '{"total":150}', '{"total":99}']);
    await committedAt(mapping.consumerGroupId, 3);
    expect(valuesOf(fn.events)).toEqual(['{"total":150}']);
    expect((await mapping.status()).Metrics).toMatchObject({
      FilteredOutEventCount: 2,
      InvokedEventCount: 1,
    });
  });

  rule('choice', 'that let nothing through have the offsets committed without an invocation', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn, { filterPatterns: [{ value: { status: ['paid'] } }] });
    await kafka.send(['{"status":"open"}', '{}']);
    await committedAt(mapping.consumerGroupId, 2);
    expect(fn.events).toEqual([]);
  });

  rule('filtering', 'do not advance past a record that is still being processed', async () => {
    const fn = recordingFunction();
    let broken = true;
    fn.answer = () => (broken ? BROKEN : {});
    const mapping = await kafka.startMapping(fn, { filterPatterns: [{ value: { status: ['paid'] } }] });
    await kafka.send(['{"status":"paid"}', '{}', '{}']);
    await eventually('it is tried', () => fn.events.length > 1);
    expect((await kafka.committed(mapping.consumerGroupId))[0]).toBe(-1);
    broken = false;
    await committedAt(mapping.consumerGroupId, 3);
  });
});

describe('a schema registry', () => {
  const schemaId = 7;
  const version = '0a1b2c3d-0000-4000-8000-0123456789ab';
  const schemaRegistry = {
    kind: 'confluent',
    uri: 'http://127.0.0.1:1',
    eventRecordFormat: 'JSON',
    accessConfigurations: [],
    validationAttributes: ['VALUE'],
  } as const;
  const declaration = {
    pollers,
    schemaRegistry: { ...schemaRegistry, accessConfigurations: [], validationAttributes: ['VALUE' as const] },
  };
  const confluent = (json: string, id = schemaId) =>
    Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.from(json)]);
  const glue = (json: string) =>
    Buffer.concat([Buffer.from([3, 0]), Buffer.from(version.replaceAll('-', ''), 'hex'), Buffer.from(json)]);

  beforeEach(() => {
    const schema = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } };
    for (const id of [schemaId, version])
      writeFileSync(join(directory, `${id}.json`), JSON.stringify(schema));
  });

  test.each([
    ['Confluent', confluent, String(schemaId)],
    ['Glue', glue, version],
  ])(`has the %s header taken off and its schema named [${page.schemas}]`, async (_, frame, id) => {
    const fn = recordingFunction();
    await kafka.startMapping(fn, declaration, { schemaDirectory: directory });
    await kafka.send([{ key: 'k', value: frame('{"id":1}') }]);
    await eventually('it arrives', () => fn.events.length === 1);
    expect(valuesOf(fn.events)).toEqual(['{"id":1}']);
    const [record] = recordsOf(fn.events);
    expect(record).toHaveProperty('valueSchemaMetadata', { dataFormat: 'JSON', schemaId: id });
    expect(record).not.toHaveProperty('keySchemaMetadata');
  });

  rule('schemas', 'has records it cannot read dropped, and offsets advance over them', async () => {
    const fn = recordingFunction();
    const mapping = await kafka.startMapping(fn, declaration, { schemaDirectory: directory });
    const values = [
      confluent('{"id":"x"}'),
      Buffer.from('{"id":1}'),
      confluent('{"id":1}', 9),
      confluent('{"id":2}'),
    ];
    await kafka.send(values.map((value) => ({ value })));
    await committedAt(mapping.consumerGroupId, 4);
    expect(valuesOf(fn.events)).toEqual(['{"id":2}']);
    expect((await mapping.status()).Metrics).toMatchObject({
      DroppedEventCount: 3,
      SchemaRegistryErrorCount: 3,
    });
  });

  rule('schemas', 'has the filter see the value without the header', async () => {
    const fn = recordingFunction();
    const filterPatterns = [{ value: { id: [2] } }];
    const mapping = await kafka.startMapping(
      fn,
      { ...declaration, filterPatterns },
      { schemaDirectory: directory },
    );
    await kafka.send([{ value: confluent('{"id":1}') }, { value: confluent('{"id":2}') }]);
    await committedAt(mapping.consumerGroupId, 2);
    expect(valuesOf(fn.events)).toEqual(['{"id":2}']);
  });

  test.each(['orders.avsc', 'orders.proto'])(
    `refuses %s at the start, with a sentence [${page.choice}]`,
    async (file) => {
      writeFileSync(join(directory, file), '');
      await expect(
        kafka.startMapping(recordingFunction(), declaration, { schemaDirectory: directory }),
      ).rejects.toThrow(/is not emulated: only JSON Schema is/);
    },
  );

  test.each([
    ['JSON', undefined],
    ['AVRO', /is AVRO, which is not emulated/],
    ['PROTOBUF', /is PROTOBUF, which is not emulated/],
  ])(`over HTTP with a schema of type %s [${page.schemas}]`, async (schemaType, refused) => {
    const schema = JSON.stringify({ type: 'object' });
    const server = createServer((_, response) => response.end(JSON.stringify({ schemaType, schema })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const fn = recordingFunction();
    const uri = `http://127.0.0.1:${port}`;
    const started = kafka.startMapping(fn, {
      pollers,
      schemaRegistry: { ...declaration.schemaRegistry, uri },
    });
    try {
      if (refused) {
        await expect(started).rejects.toThrow(refused);
        return;
      }
      await started;
      await kafka.send([{ value: confluent('{"id":1}') }]);
      await eventually('it arrives', () => fn.events.length === 1);
      expect(valuesOf(fn.events)).toEqual(['{"id":1}']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

rule(
  'choice',
  'records wait for a schema registry that is out of order, and a restart does not lose them',
  async () => {
    const schema = JSON.stringify({ type: 'object' });
    let isBroken = true;
    const server = createServer((_, response) => {
      response.statusCode = isBroken ? 500 : 200;
      response.end(JSON.stringify({ schemaType: 'JSON', schema }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const schemaRegistry: SchemaRegistryDeclaration = {
      kind: 'confluent',
      uri: `http://127.0.0.1:${port}`,
      eventRecordFormat: 'SOURCE',
      accessConfigurations: [],
      validationAttributes: ['VALUE'],
    };
    try {
      isBroken = false;
      const fn = recordingFunction();
      const mapping = await kafka.startMapping(fn, { pollers, schemaRegistry });
      isBroken = true;
      await kafka.send([{ value: Buffer.from([0, 0, 0, 0, 7, ...Buffer.from('{}')]) }]);
      await eventually(
        'it was asked',
        async () => (await mapping.status()).Metrics.SchemaRegistryErrorCount > 0,
      );
      await mapping.stop();
      expect((await kafka.committed(mapping.consumerGroupId))[0]).toBe(-1);

      isBroken = false;
      const next = recordingFunction();
      await kafka.startMapping(next, { pollers, schemaRegistry });
      await eventually('it arrives', () => next.events.length === 1);
      expect(valuesOf(next.events)).toEqual(['{}']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);

describe('what can be seen', () => {
  rule('scaling', 'pollers: as many as the minimum, never more than partitions', async () => {
    const mapping = await kafka.startMapping(recordingFunction(), {
      pollers: { minimum: 5, maximum: 9, group: undefined },
    });
    await eventually('partitions are assigned', async () => (await mapping.status()).Partitions.length === 3);
    expect((await mapping.status()).Pollers).toBe(3);
  });

  rule('metrics', 'metrics by their names on AWS, and lag per partition', async () => {
    const fn = recordingFunction();
    fn.answer = (event) => (key(1) in event.records ? BROKEN : {});
    const mapping = await kafka.startMapping(fn);
    await kafka.send(['a', 'b'], 0);
    await kafka.send(['bad', 'later'], 1);
    await committedAt(mapping.consumerGroupId, 2, 0);
    await eventually('the bad batch failed', () => fn.events.length > 3);
    const status = await mapping.status();
    expect(status).toMatchObject({
      UUID: mapping.uuid,
      Topics: [kafka.topic],
      State: 'Enabled',
      LastProcessingResult: 'PROBLEM: Function call failed',
      Metrics: {
        PolledEventCount: 4,
        CommittedEventCount: 2,
        FilteredOutEventCount: 0,
        OnFailureDestinationDeliveredEventCount: 0,
        MaxOffsetLag: 2,
        SumOffsetLag: 2,
      },
    });
    expect(status.Partitions.find(({ partition }) => partition === 0)).toEqual({
      partition: 0,
      endOffset: 2,
      consumedOffset: 1,
      processedOffset: 1,
      committedOffset: 2,
      lag: 0,
    });
  });

  rule('parameters', 'the state: Creating, Enabled, Disabled', async () => {
    const mapping = await kafka.startMapping(recordingFunction());
    expect(['Creating', 'Enabled']).toContain(mapping.state());
    await eventually('it is enabled', () => mapping.state() === 'Enabled');
    await mapping.stop();
    expect(mapping.state()).toBe('Disabled');
    const disabled = await kafka.startMapping(recordingFunction(), { enabled: false });
    expect(disabled.state()).toBe('Disabled');
  });

  test.each([
    ['INFO', ['POLLER_STATUS_EVENT', 'ESM_PROCESSING_EVENT']],
    ['WARN', ['ESM_PROCESSING_EVENT']],
    [undefined, []],
  ] as const)(`the system log at level %s [${page.logging}]`, async (logLevel, expected) => {
    const lines: string[] = [];
    const fn = recordingFunction();
    fn.answer = (_, index) => (index === 0 ? BROKEN : {});
    const mapping = await kafka.startMapping(
      fn,
      { pollers, logLevel },
      { writeSystemLog: (line) => lines.push(line) },
    );
    await kafka.send(['x']);
    await committedAt(mapping.consumerGroupId, 1);
    const events = lines.map((line) => JSON.parse(line));
    expect(events.map(({ eventType }) => eventType)).toEqual(expected);
    for (const event of events) {
      expect(event).toMatchObject({
        timestamp: expect.any(Number),
        resourceArn: expect.stringMatching(/^arn:aws:lambda:.*:event-source-mapping:[\da-f-]{36}$/),
        eventSourceArn: CLUSTER_ARN,
        eventProcessorId: `${mapping.uuid}/0`,
        logLevel: expect.stringMatching(/^(INFO|WARN)$/),
      });
    }
    const status = events.find(({ eventType }) => eventType === 'POLLER_STATUS_EVENT');
    if (logLevel === 'INFO') {
      expect(status.kafkaEventSourceConnection).toEqual({
        brokerEndpoints: kafka.brokers,
        consumerId: `${mapping.uuid}-0`,
        topics: [kafka.topic],
        consumerGroupId: mapping.consumerGroupId,
        securityProtocol: 'PLAINTEXT',
        totalPartitionCount: 3,
        assignedPartitionCount: 3,
        partitionsAssignmentGeneration: expect.any(Number),
        assignedPartitions: [key(0), key(1), key(2)],
      });
    }
  });
});

rule('msk', 'records may come more than once: a duplicate rate shows it on purpose', async () => {
  const fn = recordingFunction();
  const mapping = await kafka.startMapping(fn, { batchSize: 1 }, { duplicateRate: 0.5 });
  await kafka.send(Array.from({ length: 50 }, (_, index) => String(index)));
  await committedAt(mapping.consumerGroupId, 50);
  const values = valuesOf(fn.events);
  expect(values.length).toBeGreaterThan(50);
  // Duplicates come in their place: the order of first deliveries is that of the topic.
  expect([...new Set(values)]).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
});
