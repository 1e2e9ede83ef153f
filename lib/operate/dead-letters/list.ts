import type { Coordinates } from '../../consume/decode-record.ts';
import { oneLine, printableJson } from '../../unprintable.ts';
import type { Budget } from '../budget.ts';
import { formatCoordinates } from '../coordinates.ts';
import type { Output } from '../output.ts';
import { type DeadLetter, type DeadLetterKind, isoTime, type Provenance } from './dead-letter.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';

/**
 * Writes one line per dead letter and then their number, up to the end of the topic as it was when it was opened.
 *
 * @param topic - opened by the caller
 * @param options - `from`: where to begin, the first one unless told; `json`: JSON lines instead of text; `budget`: ends
 *   the list early; `signal`: aborted to stop
 */
export async function list(topic: DeadLetterTopic, options: ListOptions, output: Output): Promise<void> {
  const progress = await topic.progress();
  const { from, json, budget, signal } = options;
  let total = 0;
  let replayed = 0;
  for await (const letter of lettersFrom(topic, progress, from)) {
    signal.throwIfAborted();
    if (budget.spent !== undefined) {
      const next = formatCoordinates(letter.coordinates);
      output.note(
        `Listed ${countOf(total, topic.kind)} of ${topic.name}: ${budget.spent}; the next is at --from ${next}`,
      );
      return;
    }
    total++;
    if (letter.replayed) replayed++;
    const line = json ? printableJson(JSON.stringify(listedLetter(letter))) : listLine(letter);
    output.line(line);
    budget.countRecord(Buffer.byteLength(line));
  }
  output.note(`${countOf(total, topic.kind)} in ${topic.name}, ${replayed} of them replayed`);
}

async function* lettersFrom(
  topic: DeadLetterTopic,
  progress: Awaited<ReturnType<DeadLetterTopic['progress']>>,
  from: Coordinates | undefined,
): AsyncGenerator<DeadLetter, void> {
  for (const partition of topic.bounds.keys()) {
    if (partition < (from?.partition ?? 0)) continue;
    const first = partition === from?.partition ? from.offset : 0;
    yield* topic.letters(partition, progress.get(partition), first);
  }
}

export interface ListOptions {
  readonly from: Coordinates | undefined;
  readonly json: boolean;
  readonly budget: Budget;
  readonly signal: AbortSignal;
}

/** A number of dead letters, in words. */
export function countOf(number: number, { noun }: DeadLetterKind): string {
  return number === 1 ? `1 ${noun.one}` : `${number} ${noun.many}`;
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

/** Where the record was when it was provenance. */
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
