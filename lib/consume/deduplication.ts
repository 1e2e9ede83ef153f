import type { CatalogueEvent } from '../schema/validation.ts';
import type { ProcessEvent } from './process-event.ts';

/**
 * Remembers which events were processed. In production this is a table that all sandboxes share, for example the
 * DynamoDB persistence layer of Powertools Idempotency; entries may expire once the topic's retention has passed.
 */
export interface ProcessedEvents {
  /**
   * Claims an event before the work on it.
   *
   * @returns false when it was processed before
   * @throws when somebody else is processing it, so that its record is delivered again
   */
  readonly begin: (eventKey: string) => Promise<boolean>;
  /** The work succeeded. */
  readonly complete: (eventKey: string) => Promise<void>;
  /** The work failed: the event may be claimed again. */
  readonly abandon: (eventKey: string) => Promise<void>;
}

/**
 * Skips events that were processed before: redelivered records, and what a publisher sent again with the same id after
 * an unconfirmed delivery. An event is remembered only after the work on it succeeded, so a crash between the two has it
 * done again, and never has it lost.
 *
 * With `processByType`, wrap the work on a type: events that are passed over are not remembered then.
 *
 * @param processed - the store
 * @param processEvent - the work
 * @returns the work, done once per `source` and `id`
 * @see CloudEvents 1.0.2, "source": source + id is unique for each distinct event
 */
export function deduplicated<Event extends CatalogueEvent>(
  processed: ProcessedEvents,
  processEvent: ProcessEvent<Event>,
): ProcessEvent<Event> {
  return async (event, context) => {
    const { source, id, type } = event.attributes;
    const eventKey = JSON.stringify([source, id]);
    if (!(await processed.begin(eventKey))) {
      const { topic, partition, offset } = context.record;
      const reason = 'processed before';
      context.log.info('event skipped', { topic, partition, offset, source, id, type, reason });
      return;
    }
    try {
      await processEvent(event, context);
    } catch (error) {
      // What went wrong with the work says more than a store that is away.
      await processed.abandon(eventKey).catch((cause: unknown) => {
        context.log.warn('event not abandoned', { source, id, type, error: cause });
      });
      throw error;
    }
    await processed.complete(eventKey);
  };
}
