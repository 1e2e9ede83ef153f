import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel, type Message } from 'kafkajs';
import type { MskEvent, MskRecord } from '../../lib/consume/msk-event.ts';
import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import type { ConsumedRecord } from '../../lib/kafka/reading/consumed-record.ts';
import { type Broker, startBroker } from '../../lib/local/broker/broker.ts';
import type { InvocationResult } from '../../lib/local/function/invocation-result.ts';
import type { PackedEvent } from '../../lib/local/function/packed-event.ts';
import type { PreparedRecord } from '../../lib/local/mapping/batching.ts';
import {
  type EventSourceMapping,
  type EventSourceMappingOptions,
  startEventSourceMapping,
} from '../../lib/local/mapping/event-source-mapping.ts';
import { RecordPacker } from '../../lib/local/mapping/record-packer.ts';
import { createLog } from '../../lib/log.ts';
import type { EventSourceMappingDeclaration } from '../../lib/mapping/declaration.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { createTopic } from './kafka-administration.ts';

export const CLUSTER_ARN =
  'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1';

const silent = createLog({ write: () => {} });

/** What a test says about an invocation: a payload that the function returns, or a failure. */
export type Answer = { payload?: unknown; error?: { errorType: string; errorMessage: string } };

/** An answer that fails the whole batch. */
export const BROKEN: Answer = { error: { errorType: 'Error', errorMessage: 'broken' } };

/** A function that remembers its events and answers as told. */
export interface RecordingFunction {
  readonly events: MskEvent[];
  /** Decides about an invocation, given its event and how many came before it. Default: success. */
  answer: (event: MskEvent, index: number) => Answer | Promise<Answer>;
  readonly invoke: (event: PackedEvent) => Promise<InvocationResult>;
  /** Invocations that have begun and not ended. */
  readonly inFlight: () => number;
}

/** Creates a function that succeeds until told otherwise. */
export function recordingFunction(): RecordingFunction {
  let inFlight = 0;
  const recording: RecordingFunction = {
    events: [],
    answer: () => ({}),
    inFlight: () => inFlight,
    invoke: async (packed) => {
      inFlight++;
      try {
        const event = packed.unpack();
        const index = recording.events.push(event) - 1;
        const { payload = null, error } = await recording.answer(event, index);
        const requestId = randomUUID();
        return error ? { ok: false, error, requestId } : { ok: true, payload, requestId };
      } finally {
        inFlight--;
      }
    },
  };
  return recording;
}

/** Holds every invocation until it is let go. */
export function heldFunction(): { fn: RecordingFunction; letGo: () => void } {
  const fn = recordingFunction();
  let letGo = (): void => {};
  const held = new Promise<Answer>((resolve) => {
    letGo = () => resolve({});
  });
  fn.answer = () => held;
  return { fn, letGo: () => letGo() };
}

/** That many numbers as text, counted from `from`. */
export const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));

/** A declaration as serverless.yml's defaults give it, without batching window. */
export function declare(changes: Partial<EventSourceMappingDeclaration> = {}): EventSourceMappingDeclaration {
  return {
    functionName: 'consume',
    kind: 'msk',
    topic: 'orders',
    eventSourceArn: CLUSTER_ARN,
    consumerGroupId: undefined,
    enabled: true,
    batchSize: 100,
    batchingWindowMs: 0,
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
    ...changes,
  };
}

/** A topic of its own, clients for it, and the mappings that a test starts; `stop` ends all of them. */
export interface KafkaFixture {
  /** `host:port`. */
  readonly brokers: string;
  readonly topic: string;
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Sends messages to one partition of the topic. */
  send(messages: readonly (string | Message)[], partition?: number): Promise<void>;
  startMapping(
    fn: RecordingFunction,
    declaration?: Partial<EventSourceMappingDeclaration>,
    options?: Partial<EventSourceMappingOptions>,
  ): Promise<EventSourceMapping>;
  /** Committed offset of each partition of the topic; -1 for none. */
  committed(groupId: string): Promise<number[]>;
  /** Everything in a topic, from all partitions. */
  messagesOf(topic: string): Promise<{ key: string | null; value: string; partition: number }[]>;
  stop(): Promise<void>;
}

/**
 * Starts a broker in memory, or uses the Apache Kafka at TEST_KAFKA_BROKERS, and creates a topic.
 *
 * @param options - `broker`: another one that is running already, and is not stopped
 */
export async function startKafkaFixture(
  options: { partitions?: number; broker?: Pick<Broker, 'address'> } = {},
): Promise<KafkaFixture> {
  const running = options.broker?.address ?? process.env.TEST_KAFKA_BROKERS;
  const own = running ? undefined : await startBroker({ port: 0 });
  const brokers = running || own?.address || '';
  const topic = `orders-${randomUUID()}`;
  const kafka = new Kafka({
    brokers: [brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: 2_000,
    retry: { retries: 30, initialRetryTime: 20, maxRetryTime: 200 },
  });
  const admin = kafka.admin();
  await admin.connect();
  await createTopic(admin, topic, options.partitions ?? 3);
  const mappings: EventSourceMapping[] = [];

  return {
    brokers,
    topic,
    kafka,
    admin,
    send: async (messages, partition = 0) => {
      // A client that is kept may have a connection that a test has broken.
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      await producer.send({
        topic,
        messages: messages.map((message) => ({
          partition,
          ...(typeof message === 'string' ? { value: message } : message),
        })),
      });
      await producer.disconnect();
    },
    startMapping: async (fn, declaration = {}, mappingOptions = {}) => {
      const mapping = await startEventSourceMapping({
        declaration: declare({ topic, ...declaration }),
        kafka: kafkaConfiguration({ KAFKA_BROKERS: brokers }),
        invoke: fn.invoke,
        log: silent,
        writeSystemLog: () => {},
        ...mappingOptions,
      });
      mappings.push(mapping);
      return mapping;
    },
    committed: async (groupId) => {
      const fresh = kafka.admin();
      await fresh.connect();
      const topics = await fresh.fetchOffsets({ groupId, topics: [topic] });
      await fresh.disconnect();
      return (topics[0]?.partitions ?? [])
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ offset }) => Number(offset));
    },
    messagesOf: async (name) => {
      const fn = recordingFunction();
      const reader = await startEventSourceMapping({
        declaration: declare({ topic: name, functionName: randomUUID() }),
        kafka: kafkaConfiguration({ KAFKA_BROKERS: brokers }),
        invoke: fn.invoke,
        log: silent,
      });
      const offsets = await admin.fetchTopicOffsets(name);
      const count = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
      await eventually(`${count} messages are read`, () => recordsOf(fn.events).length === count);
      await reader.stop();
      return recordsOf(fn.events).map(({ key, value, partition }) => ({
        key: typeof key !== 'string' ? null : Buffer.from(key, 'base64').toString(),
        value: Buffer.from(value ?? '', 'base64').toString(),
        partition,
      }));
    },
    stop: async () => {
      await Promise.all(mappings.map((mapping) => mapping.stop()));
      await admin.disconnect();
      await own?.stop();
    },
  };
}

/** All records of some events, in the order they arrived. */
export function recordsOf(events: readonly MskEvent[]): MskRecord[] {
  return events.flatMap(({ records }) => Object.values(records).flat());
}

/** The values of some events as text, in the order they arrived. */
export function valuesOf(events: readonly MskEvent[]): string[] {
  return recordsOf(events).map(({ value }) => Buffer.from(value ?? '', 'base64').toString());
}

/** A record as a consumer reads it, with what a test does not care about filled in. */
export function consumedRecord(changes: Partial<ConsumedRecord> = {}): ConsumedRecord {
  return {
    partition: 0,
    offset: 0,
    timestamp: 1_760_000_000_000,
    timestampType: 'CREATE_TIME',
    key: null,
    value: Buffer.from('value'),
    headers: [],
    ...changes,
  };
}

/** A record that is ready to be sent; `undeliverable` says why it never can be. */
export function preparedRecord(
  place: { partition?: number; offset?: number; timestamp?: number },
  undeliverable?: string,
): PreparedRecord {
  const source = consumedRecord(place);
  return { source, topic: 'orders', ...new RecordPacker('orders').pack(source), undeliverable };
}
