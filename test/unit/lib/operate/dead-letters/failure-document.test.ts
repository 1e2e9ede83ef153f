import { givenUpByMapping } from '../../../../../lib/operate/dead-letters/failure-document.ts';

const record = {
  topic: 'events',
  partition: 2,
  offset: 17,
  timestamp: 1_760_000_000_000,
  timestampType: 'CREATE_TIME',
  key: Buffer.from('k').toString('base64'),
  value: Buffer.from([0, 255]).toString('base64'),
  headers: [{ city: [90, -61, -68] }],
};
/** As in "Using a Kafka topic as an on-failure destination", AWS Lambda Developer Guide. */
const document = {
  requestContext: {
    requestId: 'request-1',
    functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:kafka-events-dev-consume:7',
    condition: 'RetriesExhausted',
    approximateInvokeCount: 1,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  version: '1.0',
  payload: { eventSource: 'aws:kafka', records: { 'events-2': [record] } },
};

const read = (value: unknown) =>
  givenUpByMapping.read({
    partition: 0,
    offset: 3,
    timestamp: 0,
    timestampType: 'CREATE_TIME',
    key: null,
    value:
      typeof value === 'string'
        ? Buffer.from(value)
        : value === null
          ? null
          : Buffer.from(JSON.stringify(value)),
    headers: [],
  });
const withRecord = (changes: object) => ({
  ...document,
  payload: { records: { 'events-2': [{ ...record, ...changes }] } },
});

test('a document says where its record came from, and why and by whom it was given up', () => {
  expect(read(document).provenance).toEqual({
    topic: 'events',
    partition: '2',
    offset: '17',
    time: '2025-10-09T08:53:20.000Z',
    reason: 'RetriesExhausted',
    message: 'given up after 1 invocation',
    functionName: 'kafka-events-dev-consume',
    requestId: 'request-1',
  });
});

test('a document restores its record byte for byte', () => {
  const restored = {
    key: Buffer.from('k'),
    value: Buffer.from([0, 255]),
    headers: [['city', Buffer.from('Zü')]],
  };
  expect(read(document)).toMatchObject({ shown: restored, restored: { record: restored } });
});

test('a tombstone without a key stays one', () => {
  const { restored } = read(withRecord({ key: undefined, value: undefined }));
  expect(restored).toMatchObject({ record: { key: null, value: null } });
});

test('several invocations are counted, and a count that is missing is not made up', () => {
  const context = (approximateInvokeCount?: number) => ({
    ...document,
    requestContext: { ...document.requestContext, approximateInvokeCount },
  });
  expect(read(context(12)).provenance.message).toBe('given up after 12 invocations');
  expect(read(context()).provenance.message).toBeUndefined();
});

test.each<[string, unknown]>([
  ['text', 'not a document'],
  ['a JSON text', '"document"'],
  ['an object of something else', { payload: document.payload }],
  ['nothing', null],
])('%s is no document, is shown as it is and is not restored', (_case, value) => {
  const { restored, shown, provenance } = read(value);
  expect(restored).toEqual({ problem: 'it is not a document of an on-failure destination' });
  expect(shown).toMatchObject({ key: null });
  expect(provenance.topic).toBeUndefined();
});

test.each<[string, unknown]>([
  ['without a payload', { ...document, payload: undefined }],
  ['whose payload has no record', { ...document, payload: { records: {} } }],
  ['whose record is none', { ...document, payload: { records: { 'events-2': ['?'] } } }],
])('a document %s says so, and keeps what it knows', (_case, value) => {
  const { restored, provenance } = read(value);
  expect(restored).toEqual({ problem: expect.stringMatching(/^its document holds no record/) });
  expect(provenance).toMatchObject({ reason: 'RetriesExhausted', requestId: 'request-1' });
});

test.each(['keySchemaMetadata', 'valueSchemaMetadata'])(
  'a record that a schema registry decoded (%s) is not sent back as other bytes',
  (name) => {
    const { restored } = read(withRecord({ [name]: { dataFormat: 'JSON', schemaId: '1' } }));
    expect(restored).toEqual({ problem: expect.stringMatching(/^a schema registry has decoded it/) });
  },
);
