import type { Coordinates } from '../../consume/decode-record.ts';
import { oneLine } from '../../unprintable.ts';
import { pretty, printable } from '../printable.ts';
import { type DeadLetter, isoTime } from './dead-letter.ts';
import type { DeadLetterTopic } from './dead-letter-topic.ts';
import { listedLetter, origin } from './list.ts';

/**
 * Finds one dead letter.
 *
 * @throws Error when there is nothing at the coordinates
 */
export async function findDeadLetter(topic: DeadLetterTopic, coordinates: Coordinates): Promise<DeadLetter> {
  const progress = await topic.progress();
  return topic.letterAt(coordinates, progress.get(coordinates.partition));
}

/** A dead letter in full, as text. */
export function letterText(letter: DeadLetter, noun: string): string {
  const { record, replayed, provenance, shown } = letter;
  const facts: [name: string, value: string | undefined][] = [
    [noun, listedLetter(letter).coordinates],
    ['since', isoTime(record.timestamp)],
    ['replayed', replayed ? 'yes' : 'no'],
    ['original', origin(provenance)],
    ['produced', provenance.time],
    ['reason', provenance.reason],
    ['message', provenance.message],
    ['function', provenance.functionName],
    ['request', provenance.requestId],
  ];
  return [
    ...facts.map(([name, value]) => `${name.padEnd(12)}${oneLine(value ?? 'unknown')}`),
    'headers',
    ...shown.headers.map(([name, value]) => `  ${oneLine(name)}: ${bytesText(value)}`),
    `key         ${bytesText(shown.key)}`,
    'value',
    shown.value === null ? '(none: a tombstone)' : pretty(shown.value),
  ].join('\n');
}

/** A dead letter in full, for programs: bytes as `{"text"}` where they are printable, else as `{"base64"}`. */
export function shownLetter(letter: DeadLetter) {
  const { key, value, headers } = letter.shown;
  return {
    ...listedLetter(letter),
    headers: headers.map(([name, bytes]) => ({ name, ...(bytes && printable(bytes)) })),
    key: key && printable(key),
    value: value && printable(value),
  };
}

function bytesText(bytes: Buffer | null): string {
  if (bytes === null) return '(none)';
  const { text, base64 = '' } = printable(bytes);
  return text ?? `base64:${base64}`;
}
