import { deadLetterHeaders } from '../consume/dead-letter-record.ts';
import type { WantedTopic } from '../kafka/wanted-topic.ts';
import { destinationTopic } from '../mapping/on-failure.ts';
import type { Consumer } from '../stack/consumers.ts';
import { publishedTopics } from '../stack/topics.ts';
import type { Contract, ContractType } from './contract.ts';
import { componentName, schemaObject } from './schema-object.ts';

/** AsyncAPI, "Kafka Bindings". */
const bindingVersion = '0.5.0';
/** The messages of topics for records that failed. */
const DEAD_LETTER = 'dead-letter';
const FAILURE = 'failure';

const text = { type: 'string' };
const optional = (description: string) => ({ ...text, description });

/**
 * Describes the topics of the service: their event types in CloudEvents binary mode, dead letters and failures, and which
 * function sends to and receives from which topic.
 *
 * @see {@link https://www.asyncapi.com/docs/reference/specification/v3.0.0 AsyncAPI Specification 3.0.0}
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md CloudEvents 1.0.2, "Kafka Protocol Binding", section 3.2}
 */
export function asyncApi(contract: Contract): object {
  const { service, eventTypes, deployment } = contract;
  return {
    asyncapi: '3.0.0',
    info: {
      title: service,
      version: '1.0.0',
      description: 'Events in the Kafka topics of the service, as CloudEvents 1.0 in binary mode.',
    },
    defaultContentType: 'application/json',
    servers: {
      deployed: {
        host: '{bootstrapBrokers}',
        protocol: 'kafka-secure',
        description: 'The Amazon MSK cluster of the stack',
        variables: {
          bootstrapBrokers: { default: 'broker:9098', description: 'host:port, comma-separated' },
        },
      },
      local: { host: 'localhost:9092', protocol: 'kafka', description: 'npm start' },
    },
    channels: Object.fromEntries(deployment.topics.map((topic) => [topic.name, channel(topic, contract)])),
    operations: operations(contract),
    components: {
      schemas: Object.fromEntries(
        eventTypes.map(({ type, schema }) => {
          const name = componentName(type);
          return [name, schemaObject(schema, `#/components/schemas/${name}`, 'draft-07')];
        }),
      ),
      messages: {
        ...Object.fromEntries(eventTypes.map((each) => [componentName(each.type), message(each)])),
        [DEAD_LETTER]: deadLetter,
        [FAILURE]: failure,
      },
    },
  };
}

function channel(topic: WantedTopic, contract: Contract): object {
  const { name, partitions, config = {} } = topic;
  return {
    address: name,
    messages: Object.fromEntries(
      messagesOf(name, contract).map((each) => [each, { $ref: `#/components/messages/${each}` }]),
    ),
    bindings: {
      kafka: { topic: name, partitions, ...topicConfiguration(config), bindingVersion },
    },
  };
}

/** The settings that the binding knows, and the others as an extension. */
function topicConfiguration(config: Readonly<Record<string, string>>): object {
  const numbers = ['retention.ms', 'retention.bytes', 'delete.retention.ms', 'max.message.bytes'];
  const known = Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    if (numbers.includes(key)) return [[key, Number(value)]];
    return key === 'cleanup.policy' ? [[key, value.split(',')]] : [];
  });
  const others = Object.entries(config).filter(([key]) => !known.some(([name]) => name === key));
  return {
    ...(known.length > 0 && { topicConfiguration: Object.fromEntries(known) }),
    ...(others.length > 0 && { 'x-topic-configuration': Object.fromEntries(others) }),
  };
}

/** Names of the messages in a topic, by its deployed name. */
function messagesOf(name: string, { eventTypes, deployment }: Contract): string[] {
  const { consumers, topicPrefix } = deployment;
  const events = eventTypes
    .filter(({ topic }) => topicPrefix + topic === name)
    .map(({ type }) => componentName(type));
  const hasDeadLetters = consumers.some(({ deadLetterTopic }) => deadLetterTopic === name);
  const hasFailures = consumers.some((consumer) => failureTopic(consumer) === name);
  return [...events, ...(hasDeadLetters ? [DEAD_LETTER] : []), ...(hasFailures ? [FAILURE] : [])];
}

function failureTopic({ declaration }: Consumer): string | undefined {
  return destinationTopic(declaration.onFailureDestination);
}

function operations(contract: Contract): object {
  const { functions, publishers, consumers, catalogue, topicPrefix } = contract.deployment;
  const operation = (action: 'send' | 'receive', topic: string, functionName: string, rest: object) => [
    `${functionName}.${action}.${topic}`,
    {
      action,
      channel: { $ref: `#/channels/${topic}` },
      ...rest,
      'x-function': functionName,
      messages: messagesOf(topic, contract).map((name) => ({ $ref: `#/channels/${topic}/messages/${name}` })),
    },
  ];
  const sent = publishers.flatMap((name) =>
    publishedTopics(functions[name] ?? {}, catalogue).map((topic) =>
      operation('send', topicPrefix + topic, name, { summary: `${name} publishes events` }),
    ),
  );
  const received = consumers.flatMap((consumer) => {
    const { functionName, topic, event, deadLetterTopic } = consumer;
    const failures = failureTopic(consumer);
    const groupId = { type: 'string', enum: [String(event.consumerGroupId)] };
    return [
      operation('receive', topic, functionName, {
        summary: `${functionName} gets events from its event source mapping`,
        bindings: { kafka: { groupId, bindingVersion } },
      }),
      operation('send', deadLetterTopic, functionName, {
        summary: `${functionName} rejects records that can never be processed`,
      }),
      ...(failures === undefined
        ? []
        : [
            operation('send', failures, functionName, {
              summary: `The event source mapping of ${functionName} gives up records that keep failing`,
            }),
          ]),
    ];
  });
  return Object.fromEntries([...sent, ...received]);
}

function message({ type, bareRecords, revision, partitionKey, example }: ContractType): object {
  const name = componentName(type);
  const schemaUri = `urn:event-schema:${type}:${revision}`;
  const headers = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: '0b9d5d1e-6f3a-4c57-8f0e-2f6a9c1d7e42',
    ce_source: '/events',
    ce_type: type,
    ce_time: '2026-01-31T09:30:00Z',
    ce_dataschema: schemaUri,
  };
  return {
    name: type,
    title: type,
    contentType: 'application/json',
    headers: {
      type: 'object',
      properties: {
        'content-type': { ...text, description: 'A JSON media type' },
        ce_specversion: { const: '1.0' },
        ce_id: optional('With ce_source, the identity of the event'),
        ce_source: { ...text, format: 'uri-reference' },
        ce_type: { const: type },
        ce_time: { ...text, format: 'date-time' },
        ce_subject: text,
        ce_dataschema: { ...text, format: 'uri', description: `Of the newest revision: ${schemaUri}` },
        'correlation-id': optional('Of the request that published the event'),
        traceparent: optional('W3C Trace Context'),
        tracestate: optional('W3C Trace Context'),
      },
      patternProperties: { '^ce_[a-z0-9]+$': optional('A CloudEvents extension attribute') },
      ...(!bareRecords && { required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'] }),
    },
    payload: { $ref: `#/components/schemas/${name}` },
    correlationId: { location: '$message.header#/correlation-id' },
    bindings: {
      kafka: {
        key: {
          ...text,
          description: 'Events with the same key keep their order.',
          ...(example && { examples: [example.key] }),
        },
        bindingVersion,
      },
    },
    ...(example && { examples: [{ name: 'example', headers, payload: example.data }] }),
    'x-partition-key': partitionKey,
    'x-revision': revision,
    ...(bareRecords && { 'x-bare-records': true }),
  };
}

/** @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-298%3A+Error+Handling+in+Connect KIP-298, "Error Handling in Connect"} */
const deadLetter = {
  name: DEAD_LETTER,
  title: 'A record that a function rejected',
  summary: 'Key, value and headers of the record byte for byte, and headers that say why and from where.',
  contentType: 'application/octet-stream',
  headers: {
    type: 'object',
    properties: Object.fromEntries(Object.values(deadLetterHeaders).map((name) => [name, text])),
    required: [deadLetterHeaders.connectorName, deadLetterHeaders.reason, deadLetterHeaders.message],
  },
};

/** @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html AWS Lambda Developer Guide, "Using a Kafka topic as an on-failure destination"} */
const failure = {
  name: FAILURE,
  title: 'A record that an event source mapping gave up',
  summary: 'The document of the on-failure destination, with the event that the function would have got.',
  contentType: 'application/json',
  payload: {
    type: 'object',
    properties: {
      requestContext: {
        type: 'object',
        properties: {
          requestId: text,
          functionArn: text,
          condition: text,
          approximateInvokeCount: { type: 'integer' },
        },
      },
      responseContext: {
        type: 'object',
        properties: { statusCode: { type: 'integer' }, executedVersion: text, functionError: text },
      },
      version: text,
      timestamp: { ...text, format: 'date-time' },
      KafkaBatchInfo: { type: 'object' },
      payload: { type: 'object' },
    },
  },
};
