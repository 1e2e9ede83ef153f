import { oneLine, printableJson } from '../../unprintable.ts';
import { formatCoordinates } from '../coordinates.ts';
import type { Output } from '../output.ts';
import { type DeadLetter, isoTime, type Provenance, provenanceOf } from './dead-letter.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';

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
      output.line(json ? printableJson(JSON.stringify(listedLetter(letter))) : listLine(letter));
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
  const provenance = provenanceOf(letter.record);
  const fields = [
    (isoTime(letter.record.timestamp) ?? '').padEnd(24),
    letter.replayed ? 'replayed' : 'open    ',
    formatCoordinates(letter.coordinates),
    `from ${origin(provenance) ?? 'an unknown topic'}`,
    provenance.reason ?? 'unknown reason',
    provenance.message ?? '',
  ];
  return oneLine(fields.join('  ').trimEnd());
}

/** Where the record was when it was provenance. */
export function origin({ topic, partition, offset }: Provenance): string | undefined {
  return topic === undefined ? undefined : [topic, partition ?? '?', offset ?? '?'].join('/');
}

/** A dead letter for programs. */
export function listedLetter({ coordinates, record, replayed }: DeadLetter) {
  const provenance = provenanceOf(record);
  return {
    coordinates: formatCoordinates(coordinates),
    time: isoTime(record.timestamp),
    replayed,
    original: origin(provenance),
    reason: provenance.reason,
    message: provenance.message,
    originalTime: provenance.time,
    functionName: provenance.functionName,
    requestId: provenance.requestId,
  };
}
