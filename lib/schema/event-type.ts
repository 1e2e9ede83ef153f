import type { XStatic } from 'typebox/schema';

/** The topic of an event type that names none. */
export const DEFAULT_TOPIC = 'events';

/** JSON Schema (draft-07) of an event's data. `sensitive: true` on a property keeps its value out of the logs. */
export interface DataSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

type Last<Items extends readonly unknown[]> = Items extends readonly [...unknown[], infer Item]
  ? Item
  : Items[number];

/** The TypeScript type of the data that the newest of some schema revisions describes. */
export type DataOf<Revisions extends readonly DataSchema[]> = XStatic<Last<Revisions>>;

export interface EventType<
  Type extends string = string,
  out Revisions extends readonly [DataSchema, ...DataSchema[]] = readonly [DataSchema, ...DataSchema[]],
> {
  /** CloudEvents `type`. */
  readonly type: Type;
  /** The topic that its events are published to, without the prefix of a deployment; default {@link DEFAULT_TOPIC}. */
  readonly topic?: string;
  /** Records of the topic that have no CloudEvents attributes are taken for this type; at most one type per topic. */
  readonly bareRecords?: boolean;
  /**
   * Schemas of the data, oldest first; events are checked against the newest. A revision may only add optional
   * properties, so that old and new publishers and consumers understand each other.
   */
  readonly revisions: Revisions;
  /**
   * The Kafka record key: events with the same key keep their order. (A method, because TypeScript then accepts an event
   * type of specific data where any event type is expected.)
   */
  partitionKey(data: DataOf<Revisions>): string;
}

/**
 * Declares an event type; the type of its data follows from the schemas.
 *
 * @param eventType - see {@link EventType}
 * @example
 * export const userRenamed = defineEventType({
 *   type: 'user.renamed',
 *   revisions: [
 *     { type: 'object', properties: { userId: { type: 'string', minLength: 1 }, name: { type: 'string' } }, required: ['userId', 'name'] },
 *   ],
 *   partitionKey: ({ userId }) => userId,
 * });
 */
export function defineEventType<
  const Type extends string,
  const Revisions extends readonly [DataSchema, ...DataSchema[]],
>(eventType: EventType<Type, Revisions>): EventType<Type, Revisions> {
  return eventType;
}
