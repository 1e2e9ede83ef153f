import { randomUUID } from 'node:crypto';
import { type ConsumeHandler, createConsumeHandler } from '../consume/consume-handler.ts';
import { createDeadLetterQueue } from '../consume/dead-letter-queue.ts';
import type { ProcessEvent } from '../consume/process-event.ts';
import { errorMessage } from '../errors.ts';
import { createPublishHandler } from '../http/publish-handler.ts';
import { kafkaConfiguration } from '../kafka/configuration.ts';
import { openProducer } from '../kafka/producer/open-producer.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import { deadLetterTopicOf } from '../kafka/topic-names.ts';
import type { Broker } from '../local/broker/broker.ts';
import type { InvocationResult } from '../local/function/invocation-result.ts';
import type { PackedEvent } from '../local/function/packed-event.ts';
import { type EventSourceMapping, startEventSourceMapping } from '../local/mapping/event-source-mapping.ts';
import { parseEventSourceMappings } from '../mapping/declaration.ts';
import { topics } from '../schema/topics.ts';
import type { CatalogueEvent } from '../schema/validation.ts';
import { type DeadLetter, deadLetterOf } from './dead-letter.ts';
import { withBroker } from './embedded-broker.ts';
import { eventually } from './eventually.ts';
import { lambdaContext } from './lambda-context.ts';
import { observedWork } from './observed-work.ts';
import { type Post, postTo } from './posting.ts';
import { type LogLine, recordingLog } from './recording-log.ts';

const CLUSTER_ARN =
  'arn:aws:kafka:eu-west-1:111122223333:cluster/test/00000000-0000-0000-0000-000000000000-1';

/** The whole way of an event, in this process. */
export interface Loop {
  readonly post: Post;
  /** Waits until the work has processed so many events, and returns all that it has. */
  consumed(count: number, deadlineMs?: number): Promise<readonly CatalogueEvent[]>;
  /** Waits until so many records were rejected, and returns all that were. */
  deadLetters(count: number, deadlineMs?: number): Promise<readonly DeadLetter[]>;
  /** What publisher, consumer and work have logged. */
  readonly lines: readonly LogLine[];
  readonly faults: {
    /** The next invocations of the consumer fail without a look at their events. */
    functionFails(times: number): void;
    /** The next invocations are repeated after they have succeeded, as the mapping does now and then. */
    duplicates(times: number): void;
    /** Of connections and requests: `reset`, `refuse`, `delay`, `stopAcknowledging` and so on. */
    readonly broker: Broker['faults'];
  };
}

/**
 * Runs a test on a whole loop: the publisher, an embedded broker with the topics of the catalogue, an event source mapping for
 * each topic and the consumer. Everything ends with the test.
 *
 * @param consumer - `processEvent`: the work
 * @param test - posts events and looks at what became of them
 */
export function withLoop<Result>(
  { processEvent }: { readonly processEvent: ProcessEvent },
  test: (loop: Loop) => Promise<Result>,
): Promise<Result> {
  return withBroker(async (broker) => {
    for (const topic of topics) {
      broker.createTopic(topic);
      broker.createTopic(deadLetterTopicOf(topic));
    }
    const log = recordingLog();
    const kafka = kafkaConfiguration({ KAFKA_BROKERS: broker.address });
    const producer = openProducer(kafka, log);
    const processed: CatalogueEvent[] = [];
    const deadLetters: DeadLetter[] = [];
    const consumer = faulty(
      createConsumeHandler({
        processEvent: observedWork(processEvent, (event) => processed.push(event)),
        deadLetterQueue: createDeadLetterQueue(
          async () => remembering(producer, deadLetters),
          deadLetterTopicOf,
        ),
        reportBatchItemFailures: true,
        logicalTopic: (topic) => topic,
        log: (requestId) => recordingLog({ requestId }, log.lines),
      }),
    );
    const mappings: EventSourceMapping[] = [];
    const reach =
      <Item>(items: readonly Item[], what: string) =>
      async (count: number, deadlineMs?: number) => {
        await eventually(`${count} ${what}`, () => items.length >= count, deadlineMs);
        return [...items];
      };
    try {
      for (const declaration of parseEventSourceMappings({
        consume: { events: topics.map((topic) => ({ msk: { ...mapping, topic } })) },
      })) {
        const { invoke } = consumer;
        mappings.push(
          await startEventSourceMapping({ declaration, kafka, invoke, log, writeSystemLog: () => {} }),
        );
      }
      return await test({
        post: postTo(createPublishHandler(() => ({ producer, topicName: (logical) => logical }), log)),
        consumed: reach(processed, 'events processed'),
        deadLetters: reach(deadLetters, 'dead letters'),
        lines: log.lines,
        faults: {
          functionFails: consumer.functionFails,
          duplicates: consumer.duplicates,
          broker: broker.faults,
        },
      });
    } finally {
      await broker.faults.clear();
      await Promise.all(mappings.map((each) => each.stop()));
      await producer.disconnect();
    }
  });
}

/** In provisioned mode, which has partial batch responses, and without a wait for more records. */
const mapping = {
  arn: CLUSTER_ARN,
  maximumBatchingWindow: 0,
  provisionedPollers: { min: 1 },
  functionResponseType: 'ReportBatchItemFailures',
} as const;

function remembering(producer: Producer, deadLetters: DeadLetter[]): Producer {
  return {
    disconnect: () => producer.disconnect(),
    send: async (records, deadline) => {
      const deliveries = await producer.send(records, deadline);
      records.forEach((record, index) => {
        if (deliveries[index]?.status === 'delivered') deadLetters.push(deadLetterOf(record));
      });
      return deliveries;
    },
  };
}

/** Invokes the consumer as Lambda does, and fails or repeats invocations on demand. */
function faulty(handler: ConsumeHandler) {
  let failing = 0;
  let repeating = 0;
  const attempt = async (packed: PackedEvent): Promise<InvocationResult> => {
    const event = packed.unpack();
    const requestId = randomUUID();
    try {
      if (failing > 0) {
        failing--;
        throw new Error('The function was made to fail.');
      }
      return { ok: true, payload: await handler(event, lambdaContext({ requestId })), requestId };
    } catch (error) {
      return { ok: false, error: { errorType: 'Error', errorMessage: errorMessage(error) }, requestId };
    }
  };
  return {
    functionFails: (times: number): void => {
      failing = times;
    },
    duplicates: (times: number): void => {
      repeating = times;
    },
    invoke: async (packed: PackedEvent): Promise<InvocationResult> => {
      const result = await attempt(packed);
      if (!result.ok || repeating === 0) return result;
      repeating--;
      return attempt(packed);
    },
  };
}
