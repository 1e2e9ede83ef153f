import type { Log } from '../log.ts';
import type { EventTypeName } from '../schema/catalogue.ts';
import type { CatalogueEvent } from '../schema/validation.ts';
import type { DecodedRecord } from './decode-record.ts';

/** What the work on an event is given beside the event. */
export interface EventContext {
  /** The record that held the event: topic, partition, offset, key and headers. */
  readonly record: DecodedRecord;
  /** Every line carries the request id of the invocation and says which record it is about, with its trace. */
  readonly log: Log;
  /** Aborted when the function is about to run out of time. */
  readonly signal: AbortSignal;
  /** When Lambda ends the function, less the time to answer; milliseconds since epoch. */
  readonly deadline: number;
  /** Counts the event as one that this consumer has no work for; the count is logged once per invocation. */
  readonly passOver: () => void;
}

/**
 * The work on one event. Throw `NonRetriableError` when trying again cannot help: the record goes to the dead letter
 * topic. Anything else that is thrown has the record, and what follows it in its partition, delivered again.
 */
export type ProcessEvent<Event extends CatalogueEvent = CatalogueEvent> = (
  event: Event,
  context: EventContext,
) => void | Promise<void>;

/** An event of one type of the catalogue, for example `EventOf<'order.placed'>`. */
export type EventOf<Type extends EventTypeName> = Extract<CatalogueEvent, { readonly type: Type }>;

/** The work on the events of some types. */
export type WorkByType = { readonly [Type in EventTypeName]?: ProcessEvent<EventOf<Type>> };

/** Work on some type of event. (A method, because TypeScript then takes work on a certain type for work on any.) */
interface Work {
  work(event: CatalogueEvent, context: EventContext): void | Promise<void>;
}

/**
 * Makes one function of the work on each type. Events of other types of the catalogue are passed over: counted, and
 * neither processed nor rejected.
 *
 * @param workByType - by the name of the event type
 * @example
 * export const processEvent = processByType({
 *   'order.placed': (event) => reserve(event.data.lines),
 *   'order.shipped': async (event, { signal }) => notify(event.data.carrier, { signal }),
 * });
 */
export function processByType(workByType: WorkByType): ProcessEvent {
  const works: ReadonlyMap<string, Work['work'] | undefined> = new Map(Object.entries(workByType));
  return (event, context) => {
    const work = works.get(event.type);
    return work ? work(event, context) : context.passOver();
  };
}
