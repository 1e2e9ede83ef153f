import type { DataOf, EventType } from './event-type.ts';
import { messagePosted } from './event-types/message-posted.ts';
import { orderPlaced } from './event-types/order-placed.ts';
import { orderShipped } from './event-types/order-shipped.ts';

/** Every event type of the service. To add one: its file in `event-types/`, its line here, `npm run generate`. */
export const catalogue = [messagePosted, orderPlaced, orderShipped] as const;

/** What a record without CloudEvents attributes is taken for. */
export const defaultEventType = messagePosted;

type Entry = (typeof catalogue)[number];

/** A `type` of the catalogue. */
export type EventTypeName = Entry['type'];

/** Data of an event type, for example `EventData<'order.placed'>`. */
export type EventData<Type extends EventTypeName = EventTypeName> =
  Extract<Entry, { type: Type }> extends EventType<Type, infer Revisions> ? DataOf<Revisions> : never;
