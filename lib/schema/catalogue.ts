import * as eventTypes from '#event-types';
import type { DataOf, EventType } from './event-type.ts';

type Entry = (typeof eventTypes)[keyof typeof eventTypes];

/** A `type` of the catalogue; any text while the catalogue is empty, so that the rest compiles. */
export type EventTypeName = [Entry] extends [never] ? string : Entry['type'];

/** Every event type of the service, as `event-types/index.ts` lists them. */
export const catalogue: readonly EventType<EventTypeName>[] = Object.values(eventTypes);

/** Data of an event type, for example `EventData<'order.placed'>`. */
export type EventData<Type extends EventTypeName = EventTypeName> =
  Extract<Entry, { type: Type }> extends EventType<Type, infer Revisions> ? DataOf<Revisions> : never;
