import type { Coordinates } from '../consume/decode-record.ts';
import { isTopicName } from '../kafka/topic-name-rule.ts';

const pattern = /^([^/]+)\/(0|[1-9]\d*)\/(0|[1-9]\d*)$/;
/** Partitions are int32: Apache Kafka, "Protocol primitive types". */
const MAX_PARTITION = 2 ** 31 - 1;

/** The place of a record as text: `<topic>/<partition>/<offset>`. */
export function formatCoordinates({ topic, partition, offset }: Coordinates): string {
  return `${topic}/${partition}/${offset}`;
}

/** Reads `<topic>/<partition>/<offset>`; undefined when the text has another form. */
export function parseCoordinates(text: string): Coordinates | undefined {
  const [, topic, partition, offset] = pattern.exec(text) ?? [];
  if (topic === undefined || !isTopicName(topic)) return undefined;
  const coordinates = { topic, partition: Number(partition), offset: Number(offset) };
  if (coordinates.partition > MAX_PARTITION || !Number.isSafeInteger(coordinates.offset)) return undefined;
  return coordinates;
}
