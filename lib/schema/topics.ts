import { catalogue, type EventTypeName } from './catalogue.ts';
import { DEFAULT_TOPIC, type EventType } from './event-type.ts';

const topicByType: ReadonlyMap<string, string> = new Map(
  catalogue.map(({ type, topic = DEFAULT_TOPIC }) => [type, topic]),
);
const bareTypeByTopic: ReadonlyMap<string, EventTypeName> = new Map(
  catalogue.flatMap(({ type, topic = DEFAULT_TOPIC, bareRecords = false }) =>
    bareRecords ? [[topic, type] as const] : [],
  ),
);

/** Every topic of the catalogue once, without the prefix of a deployment. */
export const topics: readonly string[] = topicsOf(catalogue);

/** Every topic of some event types once, without the prefix of a deployment. */
export function topicsOf(eventTypes: readonly Pick<EventType, 'topic'>[]): string[] {
  return [...new Set(eventTypes.map(({ topic = DEFAULT_TOPIC }) => topic))];
}

/** The topic that events of a type are published to, without the prefix of a deployment. */
export function topicOf(type: EventTypeName): string {
  return topicByType.get(type) ?? DEFAULT_TOPIC;
}

/**
 * The event type that records without CloudEvents attributes are taken for.
 *
 * @param topic - without the prefix of a deployment
 * @returns undefined when no type of the topic says `bareRecords`
 */
export function bareEventTypeOf(topic: string): EventTypeName | undefined {
  return bareTypeByTopic.get(topic);
}
