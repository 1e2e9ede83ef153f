import fc from 'fast-check';
import { DeclarationError, parseEventSourceMappings } from '../../../../lib/mapping/declaration.ts';

const cluster = 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1';
const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry';
const queue = 'arn:aws:sqs:eu-west-1:111122223333:failures';
const connection =
  'arn:aws:kafka:eu-west-1:111122223333:vpc-connection/444455556666/demo/0a1b2c3d-0000-0000-0000-000000000000-1';
const provisionedPollers = { min: 1 };
const registry = {
  uri: 'https://registry.example',
  eventRecordFormat: 'JSON',
  validationAttributes: ['VALUE'],
};

const parse = (properties: Record<string, unknown>, definition: Record<string, unknown> = {}) =>
  parseEventSourceMappings({
    consume: { ...definition, events: [{ msk: { arn: cluster, topic: 'orders', ...properties } }] },
  })[0];

const problems = (action: () => unknown): readonly string[] => {
  try {
    action();
  } catch (error) {
    if (error instanceof DeclarationError) return error.problems;
    throw error;
  }
  return [];
};

const kafkaProblems = (properties: Record<string, unknown>) =>
  problems(() =>
    parseEventSourceMappings({
      consume: { events: [{ kafka: { topic: 'orders', bootstrapServers: ['b:1'], ...properties } }] },
    }),
  );

describe('what is declared', () => {
  test('gets the defaults of AWS where nothing is said', () => {
    expect(parse({})).toEqual({
      functionName: 'consume',
      kind: 'msk',
      topic: 'orders',
      eventSourceArn: cluster,
      consumerGroupId: undefined,
      enabled: true,
      batchSize: 100,
      batchingWindowMs: 500,
      startingPosition: 'TRIM_HORIZON',
      startingPositionTimestampMs: undefined,
      pollers: undefined,
      reportBatchItemFailures: false,
      maximumRetryAttempts: -1,
      maximumRecordAgeSeconds: -1,
      bisectBatchOnFunctionError: false,
      onFailureDestination: undefined,
      filterPatterns: [],
      schemaRegistry: undefined,
      metrics: [],
      logLevel: undefined,
      tags: {},
    });
  });

  test.each([
    ['a window of 0', { maximumBatchingWindow: 0 }, { batchingWindowMs: 0 }],
    ['a window in seconds', { maximumBatchingWindow: 5 }, { batchingWindowMs: 5_000 }],
    ['a disabled mapping', { enabled: false }, { enabled: false }],
    [
      'a point in time',
      { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: 1_700_000_000.5 },
      { startingPosition: 'AT_TIMESTAMP', startingPositionTimestampMs: 1_700_000_000_500 },
    ],
    [
      'pollers with their defaults',
      { provisionedPollers: { group: 'orders' } },
      { pollers: { minimum: 1, maximum: 200, group: 'orders' } },
    ],
    [
      "pollers in the framework's own spelling",
      { provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 4 } },
      { pollers: { minimum: 2, maximum: 4, group: undefined } },
    ],
    [
      'error controls in provisioned mode',
      {
        provisionedPollers,
        functionResponseType: 'ReportBatchItemFailures',
        maximumRetryAttempts: 0,
        maximumRecordAgeInSeconds: 60,
        bisectBatchOnFunctionError: true,
      },
      {
        reportBatchItemFailures: true,
        maximumRetryAttempts: 0,
        maximumRecordAgeSeconds: 60,
        bisectBatchOnFunctionError: true,
      },
    ],
    [
      'no limits, said in on-demand mode',
      { maximumRetryAttempts: -1, maximumRecordAgeInSeconds: -1 },
      { maximumRetryAttempts: -1, maximumRecordAgeSeconds: -1 },
    ],
    ['a queue for failures in on-demand mode', { onFailure: queue }, { onFailureDestination: queue }],
    [
      'a queue of the same stack for failures',
      { onFailure: { arn: { 'Fn::GetAtt': ['Failures', 'Arn'] }, type: 'sqs' } },
      { onFailureDestination: 'arn:aws:sqs:us-east-1:000000000000:Failures' },
    ],
    [
      'a bucket of the same stack for failures',
      { onFailure: { arn: { 'Fn::ImportValue': 'failures-bucket' }, type: 's3' } },
      { onFailureDestination: 'arn:aws:s3:::failures-bucket' },
    ],
    ['a group id with a blank', { consumerGroupId: 'my group' }, { consumerGroupId: 'my group' }],
    ['a cluster in another account', { arn: connection }, { eventSourceArn: connection }],
    [
      'a topic for failures',
      { provisionedPollers, onFailure: 'kafka://orders-failed' },
      { onFailureDestination: 'kafka://orders-failed' },
    ],
    [
      'a cluster of the same stack',
      { arn: { Ref: 'Cluster' } },
      {
        eventSourceArn:
          'arn:aws:kafka:us-east-1:000000000000:cluster/Cluster/00000000-0000-0000-0000-000000000000-1',
      },
    ],
    [
      'a Confluent registry with its secret',
      { provisionedPollers, schemaRegistry: { ...registry, accessConfigurations: { basicAuth: [secret] } } },
      {
        schemaRegistry: {
          kind: 'confluent',
          uri: 'https://registry.example',
          eventRecordFormat: 'JSON',
          accessConfigurations: [{ type: 'BASIC_AUTH', uri: secret }],
          validationAttributes: ['VALUE'],
        },
      },
    ],
    [
      'a Glue registry',
      {
        provisionedPollers,
        schemaRegistry: { ...registry, uri: 'arn:aws:glue:eu-west-1:111122223333:registry/x' },
      },
      { schemaRegistry: expect.objectContaining({ kind: 'glue', accessConfigurations: [] }) },
    ],
    [
      'metrics, log level and tags',
      { provisionedPollers, metrics: ['EventCount'], logLevel: 'DEBUG', tags: { team: 'orders' } },
      { metrics: ['EventCount'], logLevel: 'DEBUG', tags: { team: 'orders' } },
    ],
  ])('keeps %s', (_case, properties, expected) => {
    expect(parse(properties)).toEqual(expect.objectContaining(expected));
  });

  test('reads self-managed clusters, which have no ARN', () => {
    expect(
      parseEventSourceMappings({
        consume: { events: [{ kafka: { topic: 'orders', bootstrapServers: ['b:1'] } }] },
      }),
    ).toEqual([
      expect.objectContaining({ kind: 'self-managed', topic: 'orders', eventSourceArn: undefined }),
    ]);
  });

  test.each([
    ['IAM', { authentication: { type: 'IAM_AUTH' } }],
    ['a web identity token', { authentication: { type: 'IAM_OAUTHBEARER_AUTH', audience: 'kafka' } }],
    ['OAuth', { authentication: { type: 'OAUTHBEARER_AUTH', secret, scope: 'events read' } }],
    ['a consumer group, said', { consumptionMode: 'Stream' }],
  ])('takes %s for a self-managed cluster', (_case, properties) => {
    expect(kafkaProblems(properties)).toEqual([]);
  });

  test('keeps the order of the file and passes over other events and functions without events', () => {
    const event = (topic: string) => ({ msk: { arn: cluster, topic } });
    const functions = {
      first: { events: [{ httpApi: 'GET /' }, event('one'), 'schedule', event('two')] },
      second: {},
      third: { events: [event('one')] },
    };
    expect(
      parseEventSourceMappings(functions).map(({ functionName, topic }) => `${functionName} ${topic}`),
    ).toEqual(['first one', 'first two', 'third one']);
  });
});

describe('what AWS refuses is refused', () => {
  const onDemand = 'provisioned mode only';
  const path = 'functions.consume.events[0].msk';

  test.each<[string, Record<string, unknown>, string, string]>([
    [
      'partial responses on demand',
      { functionResponseType: 'ReportBatchItemFailures' },
      'functionResponseType',
      onDemand,
    ],
    ['a retry limit on demand', { maximumRetryAttempts: 0 }, 'maximumRetryAttempts', onDemand],
    ['an age limit on demand', { maximumRecordAgeInSeconds: 60 }, 'maximumRecordAgeInSeconds', onDemand],
    ['bisecting on demand', { bisectBatchOnFunctionError: true }, 'bisectBatchOnFunctionError', onDemand],
    ['a topic for failures on demand', { onFailure: 'kafka://failed' }, 'onFailure', onDemand],
    ['a schema registry on demand', { schemaRegistry: registry }, 'schemaRegistry', onDemand],
    ['a log level on demand', { logLevel: 'INFO' }, 'logLevel', onDemand],
    ['batch size 0', { batchSize: 0 }, 'batchSize', '1 to 10000'],
    ['batch size 10001', { batchSize: 10_001 }, 'batchSize', '1 to 10000'],
    ['half a record', { batchSize: 1.5 }, 'batchSize', 'whole number'],
    ['a window of 301 s', { maximumBatchingWindow: 301 }, 'maximumBatchingWindow', '0 to 300'],
    ['a window of half a second', { maximumBatchingWindow: 0.5 }, 'maximumBatchingWindow', 'whole number'],
    ['-2 retries', { provisionedPollers, maximumRetryAttempts: -2 }, 'maximumRetryAttempts', '0 to 10000'],
    [
      '10001 retries',
      { provisionedPollers, maximumRetryAttempts: 10_001 },
      'maximumRetryAttempts',
      '0 to 10000',
    ],
    [
      'an age of 0 s',
      { provisionedPollers, maximumRecordAgeInSeconds: 0 },
      'maximumRecordAgeInSeconds',
      '60 to 604800',
    ],
    [
      'an age of 1 s',
      { provisionedPollers, maximumRecordAgeInSeconds: 1 },
      'maximumRecordAgeInSeconds',
      '60 to 604800',
    ],
    [
      'an age of 59 s',
      { provisionedPollers, maximumRecordAgeInSeconds: 59 },
      'maximumRecordAgeInSeconds',
      '60 to 604800',
    ],
    [
      'an age over 7 days',
      { provisionedPollers, maximumRecordAgeInSeconds: 604_801 },
      'maximumRecordAgeInSeconds',
      '60 to 604800',
    ],
    ['no pollers', { provisionedPollers: {} }, 'provisionedPollers', 'is empty'],
    ['a minimum of 0', { provisionedPollers: { min: 0 } }, 'provisionedPollers.min', '1 to 200'],
    ['a minimum of 201', { provisionedPollers: { min: 201 } }, 'provisionedPollers.min', '1 to 200'],
    ['a maximum of 2001', { provisionedPollers: { max: 2_001 } }, 'provisionedPollers.max', '1 to 2000'],
    [
      'a maximum below the minimum',
      { provisionedPollers: { min: 5, max: 4 } },
      'provisionedPollers.max',
      'minimum of 5',
    ],
    [
      'a group with a blank',
      { provisionedPollers: { group: 'a b' } },
      'provisionedPollers.group',
      '1 to 128',
    ],
    [
      'an unknown property of pollers',
      { provisionedPollers: { minimum: 1 } },
      'provisionedPollers.minimum',
      'unknown',
    ],
    [
      'pollers in both spellings',
      { provisionedPollers, provisionedPollerConfig: { minimumPollers: 1 } },
      'provisionedPollerConfig',
      'repeats',
    ],
    ['an unknown starting position', { startingPosition: 'EARLIEST' }, 'startingPosition', 'TRIM_HORIZON'],
    ['no point in time', { startingPosition: 'AT_TIMESTAMP' }, 'startingPositionTimestamp', 'seconds'],
    [
      'a point in the future',
      { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: 4_000_000_000 },
      'startingPositionTimestamp',
      'future',
    ],
    [
      'a point in time with another position',
      { startingPosition: 'LATEST', startingPositionTimestamp: 1 },
      'startingPositionTimestamp',
      'AT_TIMESTAMP',
    ],
    ['a topic of one character', { topic: 'a' }, 'topic', '2 to 249'],
    ['a topic that begins with a dot', { topic: '.orders' }, 'topic', '2 to 249'],
    ['no topic', { topic: undefined }, 'topic', 'required'],
    ['no cluster', { arn: undefined }, 'arn', 'ARN'],
    ['a group id with a comma', { consumerGroupId: 'my,group' }, 'consumerGroupId', '1 to 200'],
    [
      'two ways to authenticate',
      { saslScram512: secret, clientCertificateTls: secret },
      'clientCertificateTls',
      'keep one of them',
    ],
    [
      'an ARN that is no secret for mutual TLS',
      { clientCertificateTls: queue },
      'clientCertificateTls',
      'secret',
    ],
    [
      'a property of self-managed clusters',
      { authentication: { type: 'IAM_AUTH' } },
      'authentication',
      'belongs to kafka events',
    ],
    ['a group id of 201 characters', { consumerGroupId: 'g'.repeat(201) }, 'consumerGroupId', '1 to 200'],
    ['6 filters', { filterPatterns: Array(6).fill({ value: ['a'] }) }, 'filterPatterns', '5'],
    [
      'a pattern over 4,096 characters',
      { filterPatterns: [{ value: ['a'.repeat(4_085)] }] },
      'filterPatterns[0]',
      '4096',
    ],
    ['a filter on the key', { filterPatterns: [{ key: ['a'] }] }, 'filterPatterns[0]', 'by value only'],
    ['failures to a function', { onFailure: 'arn:aws:lambda:eu-west-1:1:function:f' }, 'onFailure', 'SQS'],
    ['failures to a FIFO queue', { onFailure: `${queue}.fifo` }, 'onFailure', 'standard'],
    [
      'failures to the source topic',
      { provisionedPollers, onFailure: 'kafka://orders' },
      'onFailure',
      'another topic',
    ],
    ['failures to no topic', { provisionedPollers, onFailure: 'kafka://' }, 'onFailure', 'topic name'],
    ['a destination over 350 characters', { onFailure: queue + 'q'.repeat(350) }, 'onFailure', '350'],
    [
      'a queue of the stack without its type',
      { onFailure: { arn: { Ref: 'Failures' } } },
      'onFailure',
      'type',
    ],
    [
      'two destinations',
      { onFailure: queue, onFailureDestination: queue },
      'onFailureDestination',
      'repeats',
    ],
    [
      'a registry without format',
      { provisionedPollers, schemaRegistry: { ...registry, eventRecordFormat: undefined } },
      'schemaRegistry.eventRecordFormat',
      'required',
    ],
    [
      'a registry that validates nothing',
      { provisionedPollers, schemaRegistry: { ...registry, validationAttributes: undefined } },
      'schemaRegistry.validationAttributes',
      'required',
    ],
    [
      'a registry that validates twice',
      { provisionedPollers, schemaRegistry: { ...registry, validationAttributes: ['KEY', 'KEY'] } },
      'schemaRegistry.validationAttributes',
      'twice',
    ],
    [
      'a registry that is neither',
      { provisionedPollers, schemaRegistry: { ...registry, uri: 'registry' } },
      'schemaRegistry.uri',
      'Glue',
    ],
    [
      'secrets for a Glue registry',
      {
        provisionedPollers,
        schemaRegistry: {
          ...registry,
          uri: 'arn:aws:glue:eu-west-1:111122223333:registry/x',
          accessConfigurations: { basicAuth: [secret] },
        },
      },
      'schemaRegistry.accessConfigurations',
      'absent',
    ],
    [
      'three secrets',
      {
        provisionedPollers,
        schemaRegistry: {
          ...registry,
          accessConfigurations: { basicAuth: [secret, secret], serverRootCaCertificate: [secret] },
        },
      },
      'schemaRegistry.accessConfigurations',
      '2 secrets',
    ],
    ['an unknown metric', { metrics: ['Lag'] }, 'metrics', 'KafkaMetrics'],
    ['the same metric twice', { metrics: ['EventCount', 'EventCount'] }, 'metrics', 'twice'],
    ['an unknown log level', { provisionedPollers, logLevel: 'TRACE' }, 'logLevel', 'DEBUG'],
    ['a tag of AWS', { tags: { 'aws:team': 'a' } }, 'tags.aws:team', 'reserves'],
    ['a tag that is no text', { tags: { team: 1 } }, 'tags.team', 'text'],
  ])('%s', (_case, properties, property, reason) => {
    const found = problems(() => parse(properties));
    expect(found).toContainEqual(expect.stringMatching(escaped(`${path}.${property}: `)));
    expect(found.join('\n')).toContain(reason);
  });

  test.each([
    ['OAuth without a secret', { authentication: { type: 'OAUTHBEARER_AUTH' } }, 'authentication.secret'],
    ['IAM with a scope', { authentication: { type: 'IAM_AUTH', scope: 'x' } }, 'authentication.scope'],
    ['a token for nobody', { authentication: { type: 'IAM_OAUTHBEARER_AUTH' } }, 'authentication.audience'],
    ['another way to authenticate', { authentication: { type: 'KERBEROS' } }, 'authentication.type'],
    ['share groups', { consumptionMode: 'Queue' }, 'consumptionMode'],
  ])('%s for a self-managed cluster', (_case, properties, property) => {
    expect(kafkaProblems(properties)).toEqual([
      expect.stringContaining(`functions.consume.events[0].kafka.${property}: `),
    ]);
  });

  test.each([
    ['of the function', { timeout: 841 }, {}],
    ['of the provider', {}, { timeoutSeconds: 900 }],
  ])('a timeout %s over 14 minutes', (_case, definition, defaults) => {
    const functions = { consume: { ...definition, events: [{ msk: { arn: cluster, topic: 'orders' } }] } };
    expect(problems(() => parseEventSourceMappings(functions, defaults))).toEqual([
      expect.stringContaining('functions.consume.timeout'),
    ]);
  });

  test('what has no ARN before it is deployed is in the region of the service', () => {
    const events = [
      {
        msk: {
          arn: { Ref: 'Cluster' },
          topic: 'events',
          provisionedPollers: { min: 1 },
          onFailure: { type: 'sqs', arn: { Ref: 'Failures' } },
        },
      },
    ];
    expect(parseEventSourceMappings({ consume: { events } }, { region: 'eu-west-1' })).toMatchObject([
      {
        eventSourceArn: expect.stringMatching(/^arn:aws:kafka:eu-west-1:000000000000:cluster\/Cluster\//),
        onFailureDestination: 'arn:aws:sqs:eu-west-1:000000000000:Failures',
      },
    ]);
  });

  test('but not a timeout of 14 minutes, nor a longer one of a function that reads no Kafka', () => {
    expect(parse({}, { timeout: 840 })).toBeDefined();
    expect(parseEventSourceMappings({ other: { timeout: 900, events: [{ httpApi: '*' }] } })).toEqual([]);
  });

  test('the same topic twice for one function', () => {
    const event = { msk: { arn: cluster, topic: 'orders' } };
    expect(problems(() => parseEventSourceMappings({ consume: { events: [event, event] } }))).toEqual([
      'functions.consume.events[1].msk.topic: orders is mapped to this function already',
    ]);
  });

  test('a consumer group that another mapping has', () => {
    const event = (topic: string) => ({ msk: { arn: cluster, topic, consumerGroupId: 'readers' } });
    const functions = { first: { events: [event('one')] }, second: { events: [event('two')] } };
    expect(problems(() => parseEventSourceMappings(functions))).toEqual([
      'functions.second.events[0].msk.consumerGroupId: readers is the group of first already',
    ]);
  });

  test('more than 2,000 pollers in one group', () => {
    const event = (topic: string, max: number) => ({
      msk: { arn: cluster, topic, provisionedPollers: { max, group: 'orders' } },
    });
    const functions = { first: { events: [event('one', 1_500), event('two', 501)] } };
    expect(problems(() => parseEventSourceMappings(functions))).toEqual([
      expect.stringContaining('functions.first.events[1].msk.provisionedPollers.max'),
    ]);
  });

  test('all of it at once', () => {
    expect(problems(() => parse({ batchSize: 0, logLevel: 'INFO', topic: undefined }))).toHaveLength(3);
  });
});

test('any other input is either read or refused with its problems', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.anything(), fc.record({ msk: fc.object() }), fc.record({ kafka: fc.object() }))),
      (events) => {
        const found = problems(() => parseEventSourceMappings({ consume: { events } }));
        expect(found.every((problem) => problem.startsWith('functions.consume.'))).toBe(true);
      },
    ),
  );
});

function escaped(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}
