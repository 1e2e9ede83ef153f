import type { Coordinates } from '../../consume/decode-record.ts';
import { oneLine } from '../../unprintable.ts';
import { formatCoordinates } from '../coordinates.ts';
import { type DeadLetter, isoTime, type Provenance } from './dead-letter.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';

/** Dead letters from some coordinates on, up to the end of the topic as it was when it was opened. */
export async function* listDeadLetters(
  topic: DeadLetterTopic,
  from?: Coordinates,
): AsyncGenerator<DeadLetter, void> {
  const progress = await topic.progress();
  for (const partition of topic.bounds.keys()) {
    if (partition < (from?.partition ?? 0)) continue;
    const first = partition === from?.partition ? from.offset : 0;
    yield* topic.letters(partition, progress.get(partition), first);
  }
}

/** A dead letter as a line of text: time, coordinates, where from, why. */
export function listLine(letter: DeadLetter): string {
  const { provenance } = letter;
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

/** The original place of the record. */
export function origin({ topic, partition, offset }: Provenance): string | undefined {
  return topic === undefined ? undefined : [topic, partition ?? '?', offset ?? '?'].join('/');
}

/** A dead letter for programs. */
export function listedLetter({ coordinates, record, replayed, provenance }: DeadLetter) {
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
