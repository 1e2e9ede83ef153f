import { formatCoordinates } from './coordinates.ts';
import { type DeadLetter, isoTime, type Rejected, rejectedRecord } from './dead-letter.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';
import type { Output } from './output.ts';
import { oneLine } from './printable.ts';

/**
 * Writes one line per dead letter and then their number, up to the end of the topic as it was when it was opened.
 *
 * @param topic - opened by the caller
 * @param options - `json`: JSON lines instead of text; `signal`: aborted to stop
 */
export async function list(
  topic: DeadLetterTopic,
  { json, signal }: { readonly json: boolean; readonly signal: AbortSignal },
  output: Output,
): Promise<void> {
  const progress = await topic.progress();
  let total = 0;
  let replayed = 0;
  for (const partition of topic.bounds.keys()) {
    for await (const letter of topic.letters(partition, progress.get(partition))) {
      signal.throwIfAborted();
      total++;
      if (letter.replayed) replayed++;
      output.line(json ? JSON.stringify(listedLetter(letter)) : listLine(letter));
    }
  }
  output.note(`${countOf(total)} in ${topic.name}, ${replayed} of them replayed`);
}

/** A number of dead letters, in words. */
export function countOf(number: number): string {
  return number === 1 ? '1 dead letter' : `${number} dead letters`;
}

/** A dead letter as a line of text: time, coordinates, where from, why. */
export function listLine(letter: DeadLetter): string {
  const rejected = rejectedRecord(letter.record);
  const fields = [
    (isoTime(letter.record.timestamp) ?? '').padEnd(24),
    letter.replayed ? 'replayed' : 'open    ',
    formatCoordinates(letter.coordinates),
    `from ${origin(rejected) ?? 'an unknown topic'}`,
    rejected.reason ?? 'unknown reason',
    rejected.message ?? '',
  ];
  return oneLine(fields.join('  ').trimEnd());
}

/** Where the record was when it was rejected. */
export function origin({ topic, partition, offset }: Rejected): string | undefined {
  return topic === undefined ? undefined : [topic, partition ?? '?', offset ?? '?'].join('/');
}

/** A dead letter for programs. */
export function listedLetter({ coordinates, record, replayed }: DeadLetter) {
  const rejected = rejectedRecord(record);
  return {
    coordinates: formatCoordinates(coordinates),
    time: isoTime(record.timestamp),
    replayed,
    original: origin(rejected),
    reason: rejected.reason,
    message: rejected.message,
    originalTime: rejected.time,
    functionName: rejected.functionName,
    requestId: rejected.requestId,
  };
}
