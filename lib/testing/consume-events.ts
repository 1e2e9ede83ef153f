import { type ConsumeHandler, createConsumeHandler } from '../consume/consume-handler.ts';
import { createDeadLetterQueue } from '../consume/dead-letter-queue.ts';
import type { Coordinates } from '../consume/decode-record.ts';
import type { ProcessEvent } from '../consume/process-event.ts';
import { deadLetterTopicOf } from '../kafka/topic-names.ts';
import type { EventData, EventTypeName } from '../schema/catalogue.ts';
import type { CatalogueEvent } from '../schema/validation.ts';
import { type DeadLetter, deadLetterOf } from './dead-letter.ts';
import { exampleEvent } from './example-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { eventRecord, mskEvent, type RecordInput } from './msk-event.ts';
import { observedWork } from './observed-work.ts';
import { producerDouble } from './producer-double.ts';
import { type LogLine, recordingLog } from './recording-log.ts';

/** An event of the catalogue on its way to the work; without `data` it gets an example. */
export type EventInput = {
  [Type in EventTypeName]: {
    readonly type: Type;
    readonly data?: EventData<Type>;
    /** Of CloudEvents; default: ids `event-1`, `event-2` and so on, source `/test`. */
    readonly attributes?: Readonly<Record<string, string>>;
    /** Default: 0. */
    readonly partition?: number;
  };
}[EventTypeName];

/** What became of the events of one invocation. */
export interface Consumed {
  /** What the work has processed, in order; not what it passed over. */
  readonly processed: readonly CatalogueEvent[];
  /** What the event source mapping delivers again. */
  readonly failed: readonly Coordinates[];
  readonly deadLetters: readonly DeadLetter[];
  /** What was logged, by the work and by the consumer. */
  readonly lines: readonly LogLine[];
}

/**
 * Invokes the consumer once with a batch, encoded as AWS does it, and tells what became of each event.
 *
 * @param events - of the catalogue, or records of any kind, such as those of `poisonRecords`
 * @param consumer - `processEvent`: the work; `producer`: of the dead letters, to have them refused
 */
export async function consumeEvents(
  events: readonly (EventInput | RecordInput)[],
  consumer: { readonly processEvent: ProcessEvent; readonly producer?: ReturnType<typeof producerDouble> },
): Promise<Consumed> {
  const { processEvent, producer = producerDouble() } = consumer;
  const processed: CatalogueEvent[] = [];
  const log = recordingLog();
  const handler: ConsumeHandler = createConsumeHandler({
    processEvent: observedWork(processEvent, (event) => processed.push(event)),
    deadLetterQueue: createDeadLetterQueue(async () => producer, deadLetterTopicOf),
    reportBatchItemFailures: true,
    logicalTopic: (topic) => topic,
    log: (requestId) => recordingLog({ requestId }, log.lines),
  });
  const batch = mskEvent(events.map(recordOf));
  const { batchItemFailures } = await handler(batch, lambdaContext());
  const failed = batchItemFailures.flatMap(({ itemIdentifier: { partition: place, offset } }) =>
    (batch.records[place] ?? [])
      .filter((record) => record.offset === offset)
      .map(({ topic, partition }) => ({ topic, partition, offset })),
  );
  return { processed, failed, deadLetters: producer.records.map(deadLetterOf), lines: log.lines };
}

function recordOf(input: EventInput | RecordInput, index: number): RecordInput {
  if (!('type' in input)) return input;
  const { type, data, attributes, partition = 0 } = input;
  return eventRecord(exampleEvent(type, data, { id: `event-${index + 1}`, ...attributes }), { partition });
}
