import type { CatalogueEvent } from '../schema/validation.ts';
import type { EventContext, ProcessEvent } from './process-event.ts';

/** Remembers which events were processed. All execution environments of a function share one store. */
export interface ProcessedEvents {
  /**
   * Claims an event before the work on it, and waits while another invocation has claimed it.
   *
   * @param time - `deadline`: the claim ends with it, even if the invocation crashes; `signal` ends the waiting
   * @returns undefined when the event was processed before
   * @throws when the event could not be claimed, so that its record is delivered again
   */
  readonly claim: (
    eventKey: string,
    time: Pick<EventContext, 'deadline' | 'signal'>,
  ) => Promise<Claim | undefined>;
}

/** The right of one invocation to work on an event. */
export interface Claim {
  /** The work succeeded: the event is not processed again. */
  readonly complete: () => Promise<void>;
  /** There was no work, or it failed: the event may be claimed again. */
  readonly abandon: () => Promise<void>;
}

/**
 * Skips events that were processed before: redelivered records, and what a publisher sent again with the same id after
 * an unconfirmed delivery. An event is remembered only after the work on it succeeded. A crash between the two has the
 * work done again; no event is lost. Events that are passed over are not remembered.
 *
 * @param processed - the store
 * @param processEvent - the work
 * @returns the work, done once per `source` and `id`
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md CloudEvents 1.0.2, "source"}: source + id is unique for each distinct event
 */
export function deduplicated<Event extends CatalogueEvent>(
  processed: ProcessedEvents,
  processEvent: ProcessEvent<Event>,
): ProcessEvent<Event> {
  return async (event, context) => {
    const { source, id, type } = event.attributes;
    const claim = await processed.claim(JSON.stringify([source, id]), context);
    if (claim === undefined) {
      context.log.info('event skipped', { source, id, type, reason: 'processed before' });
      return;
    }
    let hasWork = true;
    const passOver = (): void => {
      hasWork = false;
      context.passOver();
    };
    try {
      await processEvent(event, { ...context, passOver });
    } catch (error) {
      // What went wrong with the work says more than a store that is away.
      await claim.abandon().catch((cause: unknown) => {
        context.log.warn('event not abandoned', { source, id, type, error: cause });
      });
      throw error;
    }
    await (hasWork ? claim.complete() : claim.abandon());
  };
}
