import type { ProcessEvent } from './process-batch.ts';

/**
 * Remembers which events were processed. In production this is a table that all sandboxes share, for example the
 * DynamoDB persistence layer of Powertools Idempotency; entries may expire once the topic's retention has passed.
 */
export interface ProcessedEvents {
  readonly has: (eventKey: string) => Promise<boolean>;
  readonly add: (eventKey: string) => Promise<void>;
}

/**
 * Skips events that were processed before: redelivered records, and what a publisher sent again with the same id after
 * an unconfirmed delivery. An event is remembered only after the work on it succeeded, so a crash between the two has it
 * done again, and never has it lost.
 *
 * @param processed - the store
 * @param processEvent - the work
 * @returns the work, done once per `source` and `id`
 * @see CloudEvents 1.0.2, "source": source + id is unique for each distinct event
 */
export function deduplicated(processed: ProcessedEvents, processEvent: ProcessEvent): ProcessEvent {
  return async (consumed, context) => {
    const { source, id, type } = consumed.event.attributes;
    const eventKey = JSON.stringify([source, id]);
    if (await processed.has(eventKey)) {
      const { topic, partition, offset } = consumed.record;
      context.log.info('event skipped', {
        topic,
        partition,
        offset,
        source,
        id,
        type,
        reason: 'processed before',
      });
      return;
    }
    await processEvent(consumed, context);
    await processed.add(eventKey);
  };
}
