import { deadLetterHeaders } from '../../consume/dead-letter-record.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import type { AnsweredFact, Fact, Place } from '../observation.ts';
import { MappingTrace } from './mapping-trace.ts';
import { RecentRecords } from './recent-records.ts';
import { Ring } from './ring.ts';
import type { EventState } from './wire.ts';

/** Records that are kept, and the bytes they may take. */
export const KEPT_RECORDS = 10_000;
const KEPT_RECORD_BYTES = 32 * 1024 * 1024;
const KEPT_LINE_CHUNKS = 5_000;
const KEPT_LINE_BYTES = 8 * 1024 * 1024;
const KEPT_ANSWERS = 1_000;
/** Of all bodies: twice what names the last {@link KEPT_RECORDS}, at 100 bytes each. */
const KEPT_ANSWER_BYTES = 2 * 1024 * 1024;
/** A longer answer is not kept. */
const MAX_ANSWER_BYTES = 65_536;
const KEPT_DEAD_LETTERS = 5_000;

/** What a function printed: whole lines. */
export interface Printed {
  readonly at: number;
  readonly functionName: string;
  readonly bytes: Uint8Array;
}

export interface Answer extends Omit<AnsweredFact, 'headers' | 'kind'> {
  /** When it was given. */
  readonly at: number;
}

/** A mapping that is observed. */
export interface ObservedMapping {
  readonly uuid: string;
  readonly topic: string;
}

/** Keeps what happened lately, within bounds, whether or not somebody looks. */
export class Recorder {
  readonly records = new RecentRecords({ records: KEPT_RECORDS, bytes: KEPT_RECORD_BYTES });
  readonly printed = new Ring<Printed>(KEPT_LINE_CHUNKS, KEPT_LINE_BYTES, ({ bytes }) => bytes.length);
  readonly answers = new Ring<Answer>(KEPT_ANSWERS, KEPT_ANSWER_BYTES, ({ body }) => body?.length ?? 0);
  readonly #traces = new Map<string, MappingTrace>();
  readonly #topics = new Map<string, string[]>();
  readonly #deadLetterTopics = new Set<string>();
  /** By the place of the original record: where its dead letter is, and since when. */
  readonly #deadLetters = new Map<string, { place: string; at: number }>();

  /** Says which topic a mapping reads, and which topic its function sends dead letters to. */
  expect({ uuid, topic }: ObservedMapping, deadLetterTopic: string): void {
    const readers = this.#topics.get(topic) ?? [];
    if (!readers.includes(uuid)) this.#topics.set(topic, [...readers, uuid]);
    this.#deadLetterTopics.add(deadLetterTopic);
  }

  /** Takes in what happened; an arrow function, so that it can be handed on. */
  readonly observe = (fact: Fact): void => {
    const at = Date.now();
    switch (fact.kind) {
      case 'appended':
        this.records.addBatch(fact, at);
        if (this.#deadLetterTopics.has(fact.topic)) this.#noteDeadLetters(fact.topic, fact, at);
        break;
      case 'printed':
        this.printed.push({ at, functionName: fact.functionName, bytes: fact.bytes });
        break;
      case 'answered': {
        const { headers: _headers, kind: _kind, ...answer } = fact;
        const isKept = Buffer.byteLength(fact.body ?? '') <= MAX_ANSWER_BYTES;
        this.answers.push({ ...answer, at, body: isKept ? fact.body : undefined });
        break;
      }
      default: {
        const { mapping } = fact;
        if (fact.kind === 'polled') this.#fetched(mapping, fact.records, at);
        this.trace(mapping).add(fact, at);
      }
    }
  };

  trace(mapping: string): MappingTrace {
    let trace = this.#traces.get(mapping);
    if (trace === undefined) {
      trace = new MappingTrace();
      this.#traces.set(mapping, trace);
    }
    return trace;
  }

  /** The mappings that read a topic. */
  readersOf(topic: string): MappingTrace[] {
    return (this.#topics.get(topic) ?? []).map((uuid) => this.trace(uuid));
  }

  readerIdsOf(topic: string): readonly string[] {
    return this.#topics.get(topic) ?? [];
  }

  /** Where the dead letter of a record is. */
  deadLetterOf(topic: string, { partition, offset }: Place): { place: string; at: number } | undefined {
    return this.#deadLetters.get(`${topic}/${partition}/${offset}`);
  }

  /** What became of a record; with several mappings, the one that is furthest behind counts. */
  stateOf(topic: string, place: Place): { state: EventState; attempts: number } {
    const states = this.readersOf(topic).map((trace) => trace.stateOf(place));
    const [first] = states.toSorted((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state));
    if (first === undefined) return { state: 'unread', attempts: 0 };
    const isDeadLettered = first.state === 'done' && this.deadLetterOf(topic, place) !== undefined;
    return isDeadLettered ? { ...first, state: 'dead-lettered' } : first;
  }

  #fetched(mapping: string, records: readonly ConsumedRecord[], at: number): void {
    for (const [topic, uuids] of this.#topics) {
      if (uuids.includes(mapping)) this.records.addFetched(topic, records, at);
    }
  }

  #noteDeadLetters(topic: string, { partition, baseOffset, recordCount }: AppendedPlaces, at: number): void {
    for (let offset = baseOffset; offset < baseOffset + recordCount; offset++) {
      const record = this.records.find(topic, partition, offset)?.record;
      const from = record && originOf(record);
      if (from === undefined) continue;
      this.#deadLetters.set(from, { place: `${topic}/${partition}/${offset}`, at });
      const [oldest] = this.#deadLetters.keys();
      if (this.#deadLetters.size > KEPT_DEAD_LETTERS && oldest !== undefined)
        this.#deadLetters.delete(oldest);
    }
  }
}

interface AppendedPlaces {
  readonly partition: number;
  readonly baseOffset: number;
  readonly recordCount: number;
}

/** What matters more comes first. */
const urgency: readonly EventState[] = [
  'retrying',
  'processing',
  'waiting',
  'discarded',
  'skipped',
  'done',
  'filtered',
];

function originOf({ headers }: ConsumedRecord): string | undefined {
  const text = (name: string) => headers.find(([header]) => header === name)?.[1]?.toString();
  const { topic, partition, offset } = deadLetterHeaders;
  const place = [text(topic), text(partition), text(offset)];
  return place.every((part) => part !== undefined) ? place.join('/') : undefined;
}
