import { errorCatalogue, ServiceError, type ServiceErrorCode } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { deliveryReport } from '../http/delivery-report.ts';
import { MAX_EVENTS, MAX_IDENTITY_BYTES } from '../http/events-in-request.ts';
import { type HttpResponse, problemResponse } from '../http/response.ts';
import type { Delivery } from '../kafka/producer/producer.ts';
import type { Route } from '../local/http/http-api/declaration.ts';
import type { Contract, ContractType } from './contract.ts';
import { componentName, schemaObject } from './schema-object.ts';

/** Codes of consumers; no request is answered with them. */
const consumerCodes: readonly string[] = ['event_in_progress', 'idempotency_unavailable', 'batch_failed'];
/** What makes the examples the same each time. */
const EXAMPLE_ID = '0b9d5d1e-6f3a-4c57-8f0e-2f6a9c1d7e42';
const EXAMPLE_TIME = '2026-01-31T09:30:00Z';
const EXAMPLE_REQUEST = '6f2c1d5b-58a5-4c0e-9d0e-7b1f0c3a9e11';

const text = { type: 'string' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const refTo = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

/**
 * Describes the HTTP API: the routes whose functions publish events, with every content type, answer and error.
 *
 * @see {@link https://spec.openapis.org/oas/v3.1.1.html OpenAPI Specification 3.1.1}
 */
export function openApi({ service, eventTypes, routes }: Contract): object {
  const answers = responses(eventTypes);
  return {
    openapi: '3.1.0',
    info: {
      title: service,
      version: '1.0.0',
      description:
        'Checks events, sends each to the Kafka topic of its type, and answers with a delivery report.',
    },
    servers: [
      {
        url: 'https://{apiId}.execute-api.{region}.amazonaws.com',
        description: 'The output HttpApiUrl of the stack',
        variables: { apiId: { default: 'api' }, region: { default: 'eu-west-1' } },
      },
      { url: 'http://localhost:3000', description: 'npm start' },
    ],
    paths: pathsOf(routes, eventTypes, Object.keys(answers)),
    components: {
      schemas: { ...eventSchemas(eventTypes), ...answerSchemas(eventTypes) },
      parameters: attributeHeaders,
      responses: answers,
      securitySchemes: securitySchemes(routes),
    },
  };
}

function pathsOf(
  routes: readonly Route[],
  eventTypes: readonly ContractType[],
  answers: readonly string[],
): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, segments = ['{path}'], functionName, authorizer } of routes) {
    const names = segments.map((segment) => segment.replace(/\+\}$/, '}'));
    const path = `/${names.join('/')}`;
    const parameters = names.flatMap((name) => {
      const variable = /^\{(.+)\}$/.exec(name)?.[1];
      return variable === undefined ? [] : [{ name: variable, in: 'path', required: true, schema: text }];
    });
    const operation = {
      operationId: functionName,
      summary: 'Publishes one event or several',
      description: `At most ${MAX_EVENTS} events. A batch is sent only if all of its events are valid.`,
      'x-function': functionName,
      parameters: [...parameters, ...Object.keys(attributeHeaders).map((name) => refTo('parameters', name))],
      requestBody: { required: true, content: requestContent(eventTypes) },
      responses: Object.fromEntries(answers.map((status) => [status, refTo('responses', status)])),
      ...(authorizer !== undefined && { security: [{ [authorizer]: [] }] }),
    };
    paths[path] = { ...paths[path], [method === 'ANY' ? 'post' : method.toLowerCase()]: operation };
  }
  return paths;
}

/** CloudEvents 1.0.2, "HTTP Protocol Binding", section 3.1: with them the body is the data of one event. */
const attributeHeaders = Object.fromEntries(
  [
    [
      'ce-specversion',
      '"1.0": the body is the data of one event (CloudEvents binary mode)',
      { const: '1.0' },
    ],
    ['ce-type', 'with ce-specversion: the type of the event', text],
    ['ce-id', 'with ce-specversion: its id; default: a new one', text],
    ['ce-source', 'with ce-specversion: its source; default: /events', text],
    ['ce-subject', 'with ce-specversion: its subject', text],
    ['ce-time', 'with ce-specversion: its time; default: now', { ...text, format: 'date-time' }],
    ['traceparent', 'W3C Trace Context; travels in the headers of the record', text],
    ['x-correlation-id', 'travels in the headers of the record; default: the request id', text],
  ].map(([name, description, schema]) => [name, { name, in: 'header', description, schema }]),
);

function requestContent(eventTypes: readonly ContractType[]): object {
  const all = eventTypes.flatMap((eventType) =>
    eventType.example ? [[eventType, eventType.example.data] as const] : [],
  );
  const plain = ({ type }: ContractType, data: object) => ({ type, data });
  const cloudEvent = ({ type }: ContractType, data: object) => ({
    ...{ specversion: '1.0', id: EXAMPLE_ID, source: '/shop', type, time: EXAMPLE_TIME },
    data,
  });
  const examples = (make: (eventType: ContractType, data: object) => object) =>
    Object.fromEntries(all.map(([each, data]) => [componentName(each.type), { value: make(each, data) }]));
  const batch = (make: (eventType: ContractType, data: object) => object) =>
    all.length === 0 ? {} : { batch: { value: all.map(([each, data]) => make(each, data)) } };
  const binary = all.map(([{ type }, data]) => [
    `${componentName(type)}.binary`,
    { summary: `With the headers ce-specversion: 1.0 and ce-type: ${type}`, value: data },
  ]);
  return {
    'application/json': {
      schema: { anyOf: [ref('Event'), ref('Events'), ref('EventData')] },
      examples: { ...examples(plain), ...batch(plain), ...Object.fromEntries(binary) },
    },
    'application/cloudevents+json': { schema: ref('CloudEvent'), examples: examples(cloudEvent) },
    'application/cloudevents-batch+json': { schema: ref('CloudEvents'), examples: batch(cloudEvent) },
  };
}

function eventSchemas(eventTypes: readonly ContractType[]): Record<string, object> {
  const dataOf = ({ type }: ContractType) => componentName(type);
  const data = eventTypes.map((eventType) => {
    const { type, topic, schema, revision, partitionKey, example } = eventType;
    const converted = Object(schemaObject(schema, ref(dataOf(eventType)).$ref, '2020-12'));
    const described = {
      title: `Data of ${type}`,
      ...converted,
      'x-event-type': type,
      'x-revision': revision,
      'x-topic': topic,
      'x-partition-key': partitionKey,
      ...(example && { examples: [example.data] }),
    };
    return [dataOf(eventType), described] as const;
  });
  const events = eventTypes.map(
    (eventType) =>
      [
        `${dataOf(eventType)}.event`,
        {
          type: 'object',
          title: `Event ${eventType.type}`,
          properties: { ...attributes, type: { const: eventType.type }, data: ref(dataOf(eventType)) },
          required: ['type', 'data'],
          additionalProperties: ref('ExtensionAttribute'),
        },
      ] as const,
  );
  const oneOf = (names: readonly string[], otherwise: object) =>
    names.length > 0 ? { oneOf: names.map(ref) } : otherwise;
  const list = (name: string) => ({ type: 'array', items: ref(name), minItems: 1, maxItems: MAX_EVENTS });
  const eventNames = events.map(([name]) => name);
  const mapping = Object.fromEntries(
    eventTypes.map((eventType) => [eventType.type, ref(`${dataOf(eventType)}.event`).$ref]),
  );
  return {
    ...Object.fromEntries(data),
    ...Object.fromEntries(events),
    EventData: oneOf(
      data.map(([name]) => name),
      { type: 'object' },
    ),
    Event: {
      ...oneOf(eventNames, { type: 'object' }),
      ...(eventNames.length > 0 && { discriminator: { propertyName: 'type', mapping } }),
    },
    Events: list('Event'),
    CloudEvent: { allOf: [ref('Event')], required: ['specversion'] },
    CloudEvents: list('CloudEvent'),
    ExtensionAttribute: {
      description: 'A CloudEvents extension attribute; its name consists of a-z and 0-9',
      type: ['string', 'boolean', 'integer'],
    },
  };
}

/** CloudEvents 1.0.2, "Context attributes". */
const attributes = {
  specversion: { const: '1.0' },
  id: {
    ...text,
    minLength: 1,
    maxLength: MAX_IDENTITY_BYTES,
    description: 'Default: a new one. Events with the same source and id are one event.',
  },
  source: {
    ...text,
    minLength: 1,
    maxLength: MAX_IDENTITY_BYTES,
    format: 'uri-reference',
    description: 'Default: /events',
  },
  subject: { ...text, minLength: 1 },
  time: { ...text, format: 'date-time', description: 'Default: now' },
  datacontenttype: text,
  dataschema: { ...text, format: 'uri' },
};

function answerSchemas(eventTypes: readonly ContractType[]): Record<string, object> {
  const types = eventTypes.map(({ type }) => type);
  const event = { id: text, source: text, type: types.length > 0 ? { enum: types } : text, topic: text };
  const position = {
    partition: { type: 'integer', minimum: 0 },
    offset: { type: 'integer', minimum: 0 },
    timestamp: { type: 'integer', description: 'Milliseconds since epoch' },
  };
  const delivered = ['id', 'source', 'type', 'topic', 'partition', 'offset', 'timestamp'];
  const object = (properties: object, required: readonly string[]) => ({
    type: 'object',
    properties,
    required,
  });
  return {
    Delivered: object({ ...event, ...position, status: { const: 'delivered' } }, delivered),
    Failed: object(
      { ...event, status: { const: 'failed' }, code: ref('ErrorCode'), retriable: { type: 'boolean' } },
      ['id', 'source', 'type', 'topic', 'status', 'code', 'retriable'],
    ),
    DeliveryReport: object({ deliveries: { type: 'array', items: ref('Delivered') } }, ['deliveries']),
    MixedDeliveryReport: object(
      { deliveries: { type: 'array', items: { oneOf: [ref('Delivered'), ref('Failed')] } } },
      ['deliveries'],
    ),
    ErrorCode: { enum: requestCodes() },
    Problem: {
      description: 'RFC 9457, "Problem Details for HTTP APIs"',
      ...object(
        {
          type: { ...text, format: 'uri' },
          title: text,
          status: { type: 'integer' },
          detail: text,
          code: ref('ErrorCode'),
          retriable: { type: 'boolean', description: 'Whether the same request can succeed later' },
          requestId: text,
          errors: { type: 'array', items: ref('Issue') },
          moreErrors: { type: 'integer', description: 'Errors that are not listed' },
          deliveries: { type: 'array', items: ref('Failed') },
        },
        ['type', 'title', 'status', 'detail', 'code', 'retriable', 'requestId'],
      ),
    },
    Issue: object(
      {
        index: { type: 'integer', description: 'Of the event in the request, from 0' },
        pointer: { ...text, description: 'JSON pointer (RFC 6901) into the event' },
        message: text,
      },
      ['index', 'pointer', 'message'],
    ),
    GatewayError: { description: 'An answer of API Gateway itself', ...object({ message: text }, []) },
  };
}

function requestCodes(): ServiceErrorCode[] {
  return codes().filter((code) => !consumerCodes.includes(code));
}

function codes(): ServiceErrorCode[] {
  return Object.keys(errorCatalogue).filter((code): code is ServiceErrorCode => code in errorCatalogue);
}

/** By status; their examples are made by what answers requests. */
function responses(eventTypes: readonly ContractType[]): Record<string, object> {
  const byStatus = groupBy(requestCodes(), (code) => errorCatalogue[code].status);
  const problems = [...byStatus].map(([status, ofStatus]) => {
    const content = {
      'application/problem+json': { schema: ref('Problem'), examples: problemExamples(ofStatus, eventTypes) },
      ...(status >= 500 && { 'application/json': { schema: ref('GatewayError') } }),
    };
    const isRetriable = ofStatus.some((code) => errorCatalogue[code].retriable);
    const headers = { 'retry-after': { schema: { type: 'integer' }, description: 'Seconds' } };
    const description = ofStatus.map((code) => errorCatalogue[code].title).join('; ');
    return [status, { description, ...(isRetriable && { headers }), content }] as const;
  });
  const refused = (description: string) => ({
    description,
    content: { 'application/json': { schema: ref('GatewayError') } },
  });
  return {
    202: reportResponse('All in-sync replicas acknowledged all events', 'DeliveryReport', eventTypes, [true]),
    207: reportResponse('Some events were acknowledged, others failed', 'MixedDeliveryReport', eventTypes, [
      true,
      false,
    ]),
    403: refused('API Gateway does not accept the signature or the token'),
    429: refused('API Gateway throttles: try again later'),
    ...Object.fromEntries(problems),
  };
}

function problemExamples(ofStatus: readonly ServiceErrorCode[], eventTypes: readonly ContractType[]): object {
  const invalid: readonly string[] = ['schema_violation', 'unknown_event_type', 'invalid_cloudevent'];
  return Object.fromEntries(
    ofStatus.map((code) => {
      const error = new ServiceError(code, `${errorCatalogue[code].title}.`, {
        issues: invalid.includes(code) ? [{ index: 0, pointer: '/data', message: 'Is missing.' }] : [],
      });
      const isDelivery = errorCatalogue[code].status === 503;
      const response = isDelivery ? report(eventTypes, [error]) : problemResponse(error, EXAMPLE_REQUEST);
      return [code, { value: JSON.parse(response.body) }];
    }),
  );
}

function reportResponse(
  description: string,
  schema: string,
  eventTypes: readonly ContractType[],
  acknowledged: readonly boolean[],
) {
  const outcomes = acknowledged.map((isDelivered) =>
    isDelivered ? undefined : new ServiceError('delivery_unconfirmed', ''),
  );
  const value: unknown = JSON.parse(report(eventTypes, outcomes).body);
  return {
    description,
    content: {
      'application/json': {
        schema: ref(schema),
        ...(eventTypes.length > 0 && { examples: { report: { value } } }),
      },
    },
  };
}

/** The answer to so many events of the first type; undefined: the event was acknowledged. */
function report(
  eventTypes: readonly ContractType[],
  outcomes: readonly (ServiceError | undefined)[],
): HttpResponse {
  const { type = 'example', topic = 'events' } = eventTypes[0] ?? {};
  const deliveries = outcomes.map(
    (error, index): Delivery =>
      error === undefined
        ? { status: 'delivered', partition: 0, offset: BigInt(index), timestamp: Date.parse(EXAMPLE_TIME) }
        : { status: 'failed', error },
  );
  const outgoing = outcomes.map((_, index) => ({
    event: { attributes: { id: `${EXAMPLE_ID.slice(0, -1)}${index}`, source: '/events', type } },
    topic,
  }));
  return deliveryReport(outgoing, deliveries, EXAMPLE_REQUEST);
}

/** By kind of authorizer. */
function securitySchemes(routes: readonly Route[]): object {
  const kinds = new Set(routes.flatMap(({ authorizer }) => authorizer ?? []));
  return Object.fromEntries(
    [...kinds].map((kind) => {
      const header = { type: 'apiKey', name: 'authorization', in: 'header' };
      if (kind === 'aws_iam') {
        const description = 'AWS Signature Version 4 of the service execute-api';
        return [kind, { ...header, description, 'x-amazon-apigateway-authtype': 'awsSigv4' }];
      }
      return [kind, kind === 'jwt' ? { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } : header];
    }),
  );
}
