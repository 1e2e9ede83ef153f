import { errorMessage } from '../../errors.ts';
import type { KafkaConfiguration } from '../../kafka/configuration.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import type { Log } from '../../log.ts';
import { closing } from '../../operate/closing.ts';
import { parseCoordinates } from '../../operate/coordinates.ts';
import type { DeadLetter } from '../../operate/dead-letters/dead-letter.ts';
import { type DeadLetterTopic, openDeadLetterTopic } from '../../operate/dead-letters/dead-letter-topic.ts';
import { type KindName, kinds } from '../../operate/dead-letters/kinds.ts';
import { listedLetter } from '../../operate/dead-letters/list.ts';
import { remaining } from '../../operate/dead-letters/replay-progress.ts';
import { printable } from '../../operate/printable.ts';
import type { ConsoleCatalogue, ShownRecord } from './console-catalogue.ts';
import type { Bytes, LetterDetail, LettersView, LetterView } from './wire.ts';

/** Dead letters that are listed of a topic: the newest. */
const LISTED = 100;
const MAX_DECODED_CHARACTERS = 100_000;

/** A topic with dead letters, or a failure topic. */
export interface LetterTopic {
  readonly name: string;
  readonly kind: KindName;
}

export interface DeadLettersOptions {
  readonly kafka: KafkaConfiguration;
  readonly topics: readonly LetterTopic[];
  readonly catalogue: ConsoleCatalogue;
  readonly log: Log;
}

/** Lists the newest records of all dead letter and failure topics. One that cannot be read leaves the others alone. */
export async function listLetters(options: DeadLettersOptions): Promise<LettersView> {
  const listed = await Promise.all(options.topics.map((topic) => lettersOf(topic, options)));
  return {
    topics: listed.map(({ topic }) => topic),
    letters: listed
      .flatMap(({ letters }) => letters)
      .toSorted((a, b) => (b.time ?? '').localeCompare(a.time ?? '')),
    listed: LISTED,
  };
}

async function lettersOf(
  { name, kind }: LetterTopic,
  { kafka, catalogue, log }: DeadLettersOptions,
): Promise<{ topic: LettersView['topics'][number]; letters: LetterView[] }> {
  try {
    const topic = await openDeadLetterTopic(kafka, { name, kind: kinds[kind] }, log);
    return await closing(topic.close, async () => {
      const progress = await topic.progress();
      const letters: LetterView[] = [];
      let total = 0;
      let open = 0;
      for (const [partition, { first, end }] of topic.bounds) {
        const ofPartition = progress.get(partition);
        total += end - first;
        open += ofPartition === undefined ? end - first : remaining(ofPartition, end);
        const from = Math.max(first, end - LISTED);
        for await (const letter of topic.letters(partition, ofPartition, from)) {
          letters.push(letterView(letter, kind, catalogue));
        }
      }
      return { topic: { name, kind, total, open }, letters: letters.slice(-LISTED) };
    });
  } catch (error) {
    return { topic: { name, kind, total: 0, open: 0, problem: errorMessage(error) }, letters: [] };
  }
}

/**
 * Everything about one dead letter.
 *
 * @param reveal - shows bytes that may hold sensitive data
 * @throws Error when there is nothing at the coordinates
 */
export async function showLetter(
  text: string,
  reveal: boolean,
  options: DeadLettersOptions,
): Promise<LetterDetail> {
  const coordinates = parseCoordinates(text);
  const known = options.topics.find(({ name }) => name === coordinates?.topic);
  if (coordinates === undefined || known === undefined) throw new Error(`There is no dead letter at ${text}`);
  const { name, kind } = known;
  const topic = await openDeadLetterTopic(options.kafka, { name, kind: kinds[kind] }, options.log);
  return closing(topic.close, async () => {
    const letter = await letterAt(topic, coordinates);
    const shown = shownOf(letter, options.catalogue);
    const isHidden = shown.hasSensitive && !reveal;
    const { key, value, headers } = letter.shown;
    return {
      ...letterView(letter, kind, options.catalogue),
      key: key && (isHidden ? { length: key.length } : bytesOf(key)),
      value: value && (isHidden ? { length: value.length } : bytesOf(value)),
      headers: headers.map(([header, bytes]) => [header, bytes?.toString() ?? '']),
      decoded:
        shown.data === undefined
          ? undefined
          : JSON.stringify(shown.data, null, 2).slice(0, MAX_DECODED_CHARACTERS),
      problem: shown.problem,
      hidden: isHidden,
      unrestorable: 'problem' in letter.restored ? letter.restored.problem : undefined,
    };
  });
}

async function letterAt(topic: DeadLetterTopic, coordinates: DeadLetter['coordinates']): Promise<DeadLetter> {
  const progress = await topic.progress();
  return topic.letterAt(coordinates, progress.get(coordinates.partition));
}

/** The letter with the topic it came from, because what its event type is can depend on that. */
function shownOf(letter: DeadLetter, catalogue: ConsoleCatalogue): ShownRecord {
  const original: ConsumedRecord = { ...letter.record, ...letter.shown };
  return catalogue.show(letter.provenance.topic ?? letter.coordinates.topic, original, true);
}

function letterView(letter: DeadLetter, kind: KindName, catalogue: ConsoleCatalogue): LetterView {
  const { coordinates, time, replayed, original, reason, message, functionName } = listedLetter(letter);
  const { type, id } = shownOf(letter, catalogue);
  return { coordinates, kind, time, replayed, original, reason, message, functionName, type, id };
}

function bytesOf(bytes: Buffer): Bytes {
  return { length: bytes.length, ...printable(bytes) };
}
