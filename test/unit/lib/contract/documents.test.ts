import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import { schemaCompiler } from '../../../../lib/build/schema-compiler.ts';
import { asyncApi } from '../../../../lib/contract/asyncapi.ts';
import { contractOf } from '../../../../lib/contract/contract.ts';
import { staleDocuments } from '../../../../lib/contract/documents.ts';
import { openApi } from '../../../../lib/contract/openapi.ts';
import { errorCatalogue } from '../../../../lib/errors.ts';
import { catalogue } from '../../../../lib/schema/catalogue.ts';
import { serviceWith } from '../../../support/deployment.ts';
import { everyKeyword } from '../../../support/every-keyword.ts';

/** A document, to look into. */
type Document = Record<string, never>;
const written = (document: object): Document => JSON.parse(JSON.stringify(document));
const contract = contractOf([...catalogue, everyKeyword], serviceWith());
const open: Document = written(openApi(contract));
const async: Document = written(asyncApi(contract));

/** What is at a place in a document. */
function at(document: unknown, ...steps: readonly string[]): unknown {
  return steps.reduce<unknown>((below, step) => Object(below)[step], document);
}

/** Checks values against a schema of the OpenAPI document. */
function validatorOf(...steps: readonly string[]): (value: unknown) => unknown {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, discriminator: false });
  ajv.addSchema({ $id: 'https://example.com/open', ...open }, 'open');
  const pointer = steps.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
  const validate = ajv.compile({ $ref: `https://example.com/open#/${encodeURI(pointer)}` });
  return (value) => (validate(value) ? [] : validate.errors);
}

test('the committed documents are what the service promises', async () => {
  const stale = (await staleDocuments()).map(
    ([file]) => `${file} is stale: run "npm run generate" and commit it.`,
  );
  expect(stale).toEqual([]);
});

test('the documents come out the same each time', () => {
  const again = contractOf([...catalogue, everyKeyword], serviceWith());
  expect([written(openApi(again)), written(asyncApi(again))]).toEqual([open, async]);
});

describe('OpenAPI', () => {
  const operation = ['paths', '/events', 'post'];
  const requests = Object.entries(Object(at(open, ...operation, 'requestBody', 'content'))).flatMap(
    ([mediaType, content]) =>
      Object.entries(Object(at(content, 'examples'))).map(([name, example]) => ({
        mediaType,
        name,
        value: at(example, 'value'),
      })),
  );
  const answers = Object.entries(Object(at(open, 'components', 'responses'))).flatMap(([status, response]) =>
    Object.entries(Object(at(response, 'content'))).flatMap(([mediaType, content]) =>
      Object.entries(Object(at(content, 'examples'))).map(([name, example]) => ({
        status,
        mediaType,
        name,
        value: at(example, 'value'),
      })),
    ),
  );

  test('has every content type', () => {
    expect([...new Set(requests.map(({ mediaType }) => mediaType))]).toEqual([
      'application/json',
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
    ]);
  });

  test.each(requests)('the example $name of $mediaType matches its schema', ({ mediaType, value }) => {
    const isValid = validatorOf(...operation, 'requestBody', 'content', mediaType, 'schema');
    expect(isValid(value)).toEqual([]);
  });

  test.each(answers)('the answer $name of $status matches its schema', ({ status, mediaType, value }) => {
    expect(validatorOf('components', 'responses', status, 'content', mediaType, 'schema')(value)).toEqual([]);
  });

  test('an event with wrong data does not match the schema of its type', () => {
    const isValid = validatorOf('components', 'schemas', 'Event');
    expect(isValid({ type: 'message.posted', data: { id: 'one' } })).not.toEqual([]);
    expect(isValid({ type: 'message.eaten', data: {} })).not.toEqual([]);
  });

  test('has an example of each error that a request can be answered with', () => {
    const consumers = ['event_in_progress', 'idempotency_unavailable', 'batch_failed'];
    const codes = answers.map(({ value }) => at(value, 'code')).filter((code) => code !== undefined);
    expect(codes.sort()).toEqual(
      Object.keys(errorCatalogue)
        .filter((code) => !consumers.includes(code))
        .sort(),
    );
  });

  test('says who may call it', () => {
    expect(at(open, ...operation, 'security')).toEqual([{ aws_iam: [] }]);
    expect(at(open, 'components', 'securitySchemes', 'aws_iam')).toMatchObject({
      'x-amazon-apigateway-authtype': 'awsSigv4',
    });
  });

  test('shows sensitive marks, topic, revision and partition key', () => {
    expect(at(open, 'components', 'schemas', 'order.placed')).toMatchObject({
      'x-topic': 'events',
      'x-revision': 2,
      'x-partition-key': expect.stringContaining('orderId'),
      properties: { customerEmail: { 'x-sensitive': true } },
    });
  });

  test('writes a schema as JSON Schema 2020-12, with references to its place', () => {
    const name = 'com.example_2f_everything_20_said';
    const schema = at(open, 'components', 'schemas', name);
    expect(schema).toMatchObject({
      properties: {
        id: { 'x-sensitive': true },
        pair: { prefixItems: [{ type: 'string' }], items: false },
        tree: { $ref: `#/components/schemas/${name}/definitions/tree` },
        sensitive: { type: 'boolean' },
      },
      dependentRequired: { tree: ['pair'] },
      dependentSchemas: { pair: { required: ['tree'] } },
    });
    expect(Object.keys(Object(schema))).not.toEqual(expect.arrayContaining(['$id']));
    const isValid = validatorOf('components', 'schemas', name);
    const valid = schemaCompiler(false).compile(everyKeyword.revisions[0]);
    for (const data of [
      { id: '1' },
      {},
      { id: '1', pair: ['a'], tree: { below: { below: {} } } },
      { id: '1', pair: ['a', 'b'], tree: {} },
      { id: '1', tree: {} },
      { id: '1', pair: ['a'] },
    ])
      expect(JSON.stringify(isValid(data)) === '[]').toBe(valid(data));
  });
});

describe('AsyncAPI', () => {
  test.each(catalogue.map(({ type, topic = 'events' }) => ({ type, topic })))(
    'has $type in its topic, in binary mode',
    ({ type, topic }) => {
      expect(at(async, 'channels', topic, 'messages')).toHaveProperty([type]);
      expect(at(async, 'components', 'messages', type)).toMatchObject({
        headers: { properties: { ce_type: { const: type } } },
        bindings: { kafka: { key: { type: 'string', examples: [expect.any(String)] } } },
        'x-partition-key': expect.any(String),
      });
    },
  );

  test.each(catalogue.map(({ type }) => type))('the example of %s matches headers and payload', (type) => {
    const [example] = [at(async, 'components', 'messages', type, 'examples')].flat();
    const schemas = new Ajv({ strict: false, validateFormats: false });
    const isPayload = schemas.compile(Object(at(async, 'components', 'schemas', type)));
    const isHeaders = schemas.compile(Object(at(async, 'components', 'messages', type, 'headers')));
    expect(isPayload(at(example, 'payload'))).toBe(true);
    expect(isHeaders(at(example, 'headers'))).toBe(true);
  });

  test('says which function sends and receives, and in which group', () => {
    expect(at(async, 'operations')).toMatchObject({
      'publish.send.events': { action: 'send', 'x-function': 'publish' },
      'consume.receive.events': {
        action: 'receive',
        channel: { $ref: '#/channels/events' },
        bindings: { kafka: { groupId: { enum: ['kafka-events-dev-consume'] } } },
      },
      'consume.send.events.dlq': { messages: [{ $ref: '#/channels/events.dlq/messages/dead-letter' }] },
      'consume.send.events.failed': { messages: [{ $ref: '#/channels/events.failed/messages/failure' }] },
    });
  });

  test('has the settings of topics', () => {
    expect(at(async, 'channels', 'events.dlq', 'bindings', 'kafka')).toMatchObject({
      partitions: 1,
      topicConfiguration: { 'retention.ms': 30 * 24 * 60 * 60 * 1_000 },
    });
  });

  test('shows sensitive marks', () => {
    expect(at(async, 'components', 'schemas', 'order.placed', 'properties', 'customerEmail')).toMatchObject({
      'x-sensitive': true,
    });
  });
});

test('a service without event types has documents, too', () => {
  const empty = contractOf([], serviceWith());
  expect(written(openApi(empty))).toHaveProperty('paths');
  expect(at(written(asyncApi(empty)), 'channels', 'events', 'messages')).toEqual({});
});

test('another topic, another prefix and another authorizer are followed', () => {
  const configuration = serviceWith({
    params: {
      default: {
        auth: 'jwt',
        jwtIssuer: 'https://id.example.com',
        jwtAudience: 'events',
        topicPrefix: 'team.',
      },
    },
  });
  const changed = contractOf([everyKeyword], configuration);
  expect(at(written(asyncApi(changed)), 'channels')).toMatchObject({
    'team.everything': { messages: { 'com.example_2f_everything_20_said': expect.anything() } },
  });
  expect(at(written(openApi(changed)), 'components', 'securitySchemes')).toEqual({
    jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  });
});
