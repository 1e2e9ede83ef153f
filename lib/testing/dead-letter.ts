import { deadLetterHeaders } from '../consume/dead-letter-record.ts';
import type { KafkaRecord, TopicRecord } from '../kafka/record.ts';

/** A record that the consumer rejected. */
export interface DeadLetter {
  /** Where it was written. */
  readonly topic: string;
  /** A code of the error catalogue, or `non_retriable_error`. */
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly record: KafkaRecord;
}

/** Reads what the headers of a dead letter say. */
export function deadLetterOf({ topic, ...record }: TopicRecord): DeadLetter {
  const header = (name: string) => record.headers.find(([each]) => each === name)?.[1].toString();
  return {
    topic,
    reason: header(deadLetterHeaders.reason),
    message: header(deadLetterHeaders.message),
    record,
  };
}
