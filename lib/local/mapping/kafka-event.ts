import type { MskEvent } from '../../consume/msk-event.ts';
import { groupBy } from '../../group-by.ts';
import { PackedEvent, type PackedRecord } from '../function/packed-event.ts';

/** Everything of the event but its records. */
export type EventEnvelope = Omit<MskEvent, 'records'>;

/** The key of a partition in `records`. A topic name may contain `-`: never take it apart again. */
export function topicPartition(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/**
 * The envelope of all events of a mapping.
 *
 * @param source - the ARN of an MSK cluster, or undefined for a self-managed one
 * @param brokers - `host:port` each
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html Lambda Developer Guide, "Using Lambda with Amazon MSK"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html Lambda Developer Guide, "Using Lambda with self-managed Apache Kafka"}
 */
export function eventEnvelope(
  source: { kind: 'msk' | 'self-managed'; eventSourceArn: string | undefined },
  brokers: readonly string[],
): EventEnvelope {
  const bootstrapServers = brokers.join(',');
  if (source.kind === 'self-managed' || source.eventSourceArn === undefined) {
    return { eventSource: source.kind === 'msk' ? 'aws:kafka' : 'SelfManagedKafka', bootstrapServers };
  }
  return { eventSource: 'aws:kafka', eventSourceArn: source.eventSourceArn, bootstrapServers };
}

/**
 * Puts records into an event, grouped by partition in the order given.
 *
 * @param envelope - of the mapping
 * @param records - those of a partition in offset order
 * @returns the event, as an execution environment takes it
 */
export function kafkaEvent(
  envelope: EventEnvelope,
  records: readonly { readonly packed: PackedRecord }[],
): PackedEvent {
  const groups = groupBy(
    records.map(({ packed }) => packed),
    ({ topic, partition }) => topicPartition(topic, partition),
  );
  return new PackedEvent(envelope, groups);
}
