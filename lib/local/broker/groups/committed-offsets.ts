import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../../log.ts';
import { replaceFile } from '../../../replace-file.ts';
import { keepCopy } from '../log/keep-copy.ts';

const FILE = 'committed-offsets.jsonl';
/** The file is rewritten when it has this many lines and at least twice as many lines as offsets. */
const COMPACT_FROM_LINES = 10_000;

export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string | null;
}

/** A committed offset, and what it belongs to. */
interface PlacedOffset extends CommittedOffset {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** A line of the file: a commit, or with a null offset its removal. */
type Line = Omit<PlacedOffset, 'offset'> & { readonly offset: number | null };

/** A topic's committed offsets by partition. */
export type TopicOffsets = ReadonlyMap<number, CommittedOffset>;

/**
 * What consumer groups have committed. On disk an append-only file of JSON lines, of which the last about a partition
 * counts; every commit is with the operating system before it is acknowledged.
 */
export class CommittedOffsets {
  readonly #file: string | undefined;
  readonly #groups = new Map<string, Map<string, Map<number, CommittedOffset>>>();
  #lines = 0;
  #compactFrom = COMPACT_FROM_LINES;

  /** @param directory where the file is; absent: in memory */
  constructor(directory?: string, log?: Pick<Log, 'warn'>) {
    this.#file = directory && join(directory, FILE);
    if (this.#file !== undefined && existsSync(this.#file)) {
      const text = readFileSync(this.#file, 'utf8');
      // A torn last line is no line: its commit was never acknowledged.
      const lines = text.split('\n').slice(0, -1);
      const commits = lines.map(parseLine);
      for (const commit of commits) if (commit) this.#apply(commit);
      const unreadable = commits.filter((commit) => commit === undefined).length;
      if (unreadable > 0) {
        const copy = keepCopy(`${this.#file}.damaged`, text);
        const message = `${this.#file}: ${unreadable} of its lines are not committed offsets: they were removed, and the old file was saved as ${copy}`;
        log?.warn(message, { path: this.#file, lines: unreadable, copy });
      }
      this.#compact();
    }
  }

  groups(): string[] {
    return [...this.#groups.keys()];
  }

  has(group: string): boolean {
    return this.#groups.has(group);
  }

  /** The topics a group has offsets for. */
  topics(group: string): ReadonlyMap<string, TopicOffsets> {
    return this.#groups.get(group) ?? new Map();
  }

  /** All of them. */
  all(): PlacedOffset[] {
    return [...this.#groups].flatMap(([group, topics]) =>
      [...topics].flatMap(([topic, partitions]) =>
        [...partitions].map(([partition, committed]) => ({ group, topic, partition, ...committed })),
      ),
    );
  }

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition);
  }

  commit(
    group: string,
    commits: readonly (CommittedOffset & { readonly topic: string; readonly partition: number })[],
  ): void {
    this.#append(
      commits.map(({ topic, partition, offset, leaderEpoch, metadata }) => ({
        group,
        topic,
        partition,
        offset,
        leaderEpoch,
        metadata,
      })),
    );
  }

  remove(group: string, topic: string, partition: number): void {
    if (this.get(group, topic, partition)) this.#append([removal(group, topic, partition)]);
  }

  removeGroup(group: string): void {
    this.#removeWhere((line) => line.group === group);
  }

  /** Deleting a topic deletes its offsets, so a new topic of the same name starts without any. */
  removeTopic(topic: string): void {
    this.#removeWhere((line) => line.topic === topic);
  }

  #removeWhere(matches: (line: Line) => boolean): void {
    const lines = this.all().filter(matches);
    this.#append(lines.map(({ group, topic, partition }) => removal(group, topic, partition)));
  }

  #append(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    if (this.#file !== undefined) appendFileSync(this.#file, toText(lines));
    for (const line of lines) this.#apply(line);
    if (this.#lines >= this.#compactFrom) this.#compact();
  }

  #apply(line: Line): void {
    this.#lines++;
    const topics = this.#groups.get(line.group) ?? new Map<string, Map<number, CommittedOffset>>();
    const partitions = topics.get(line.topic) ?? new Map<number, CommittedOffset>();
    if (line.offset === null) partitions.delete(line.partition);
    else {
      partitions.set(line.partition, {
        offset: line.offset,
        leaderEpoch: line.leaderEpoch,
        metadata: line.metadata,
      });
    }
    if (partitions.size > 0) topics.set(line.topic, partitions);
    else topics.delete(line.topic);
    if (topics.size > 0) this.#groups.set(line.group, topics);
    else this.#groups.delete(line.group);
  }

  #compact(): void {
    const lines = this.all();
    if (this.#file !== undefined) replaceFile(this.#file, toText(lines));
    this.#lines = lines.length;
    this.#compactFrom = Math.max(COMPACT_FROM_LINES, 2 * lines.length);
  }
}

function toText(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function removal(group: string, topic: string, partition: number): Line {
  return { group, topic, partition, offset: null, leaderEpoch: -1, metadata: null };
}

function parseLine(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is Line {
  return (
    typeof value === 'object' &&
    value !== null &&
    'group' in value &&
    typeof value.group === 'string' &&
    'topic' in value &&
    typeof value.topic === 'string' &&
    'partition' in value &&
    Number.isInteger(value.partition) &&
    'offset' in value &&
    (typeof value.offset === 'number' || value.offset === null) &&
    'leaderEpoch' in value &&
    Number.isInteger(value.leaderEpoch) &&
    Math.abs(Number(value.leaderEpoch)) < 2 ** 31 &&
    'metadata' in value &&
    (typeof value.metadata === 'string' || value.metadata === null)
  );
}
