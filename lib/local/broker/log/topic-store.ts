import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isTopicName } from '../../../kafka/topic-name-rule.ts';
import type { Log } from '../../../log.ts';
import { replaceFile } from '../../../replace-file.ts';
import { type LogSettings, logSettings } from './log-settings.ts';
import { PartitionLog } from './partition-log.ts';
import type { TopicConfigs } from './topic-configs.ts';
import { deletedName, removeDeleted, type TopicFolder, topicFolders } from './topic-folders.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The file of a data directory that names its topics. */
export const CATALOGUE_FILE = 'topics.json';
const LOGS_DIRECTORY = 'topics';
/**
 * The partitions of all topics: as many as Amazon MSK recommends for its largest brokers, and fewer than a process may
 * have files: Amazon MSK Developer Guide, "Best practices for Standard brokers".
 */
export const MAX_BROKER_PARTITIONS = 4000;

export interface Topic {
  readonly name: string;
  /** Stays the same as long as the topic exists, and never comes back (KIP-516). */
  readonly id: string;
  readonly configs: TopicConfigs;
  /** What follows from the configuration. */
  readonly settings: LogSettings;
  readonly partitions: readonly PartitionLog[];
}

interface TopicEntry {
  readonly name: string;
  /** Absent in the catalogues of earlier versions. */
  readonly id?: string;
  /** A new directory for every creation: records of a deleted topic can never come back under its name. */
  readonly directory: string;
  readonly partitions: number;
  readonly configs: TopicConfigs;
}

interface StoredTopic extends Topic {
  configs: TopicConfigs;
  settings: LogSettings;
  readonly directory: string;
  readonly partitions: PartitionLog[];
}

export interface TopicStoreOptions {
  /** Absent: in memory. */
  readonly directory?: string | undefined;
  readonly retentionBytes: number;
  readonly log: Log;
}

/** The topics with their partitions, on disk when there is a directory. */
export class TopicStore {
  readonly #options: TopicStoreOptions;
  readonly #topics = new Map<string, StoredTopic>();
  readonly #byId = new Map<string, StoredTopic>();
  #nextDirectory = 1;
  #partitions = 0;
  #saveLater = false;

  /** @throws when the catalogue of a data directory is there and cannot be read */
  constructor(options: TopicStoreOptions) {
    this.#options = options;
    if (options.directory !== undefined) this.#load(options.directory);
  }

  /** Where the topics are kept; undefined: in memory. */
  get directory(): string | undefined {
    return this.#options.directory;
  }

  all(): Topic[] {
    return [...this.#topics.values()];
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  withId(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  partition(topic: string, index: number): PartitionLog | undefined {
    return this.#topics.get(topic)?.partitions[index];
  }

  /** Whether this many more partitions are possible. */
  hasRoomFor(partitions: number): boolean {
    return this.#partitions + partitions <= MAX_BROKER_PARTITIONS;
  }

  /** Does several changes and writes the catalogue once, not once for each. */
  together<T>(changes: () => T): T {
    this.#saveLater = true;
    try {
      return changes();
    } finally {
      this.#saveLater = false;
      this.#save();
    }
  }

  /** Creates a topic whose name is legal and not taken. */
  create(name: string, partitions: number, configs: TopicConfigs = {}): Topic {
    const directory = `${name}-${this.#nextDirectory++}`;
    const settings = logSettings(configs, this.#options.retentionBytes);
    const topic: StoredTopic = { name, id: randomUUID(), configs, settings, directory, partitions: [] };
    this.#add(topic);
    this.#open(topic, partitions);
    this.#save();
    return topic;
  }

  /** Replaces the configuration of a topic, which takes effect at once. */
  configure(name: string, configs: TopicConfigs): void {
    const topic = this.#topics.get(name);
    if (!topic) return;
    topic.configs = configs;
    topic.settings = logSettings(configs, this.#options.retentionBytes);
    this.#save();
    for (const partition of topic.partitions) partition.retain(Date.now());
  }

  /** Adds partitions until there are `count`. */
  grow(name: string, count: number): void {
    const topic = this.#topics.get(name);
    if (!topic) return;
    this.#open(topic, count);
    this.#save();
  }

  delete(name: string): void {
    const topic = this.#topics.get(name);
    if (!topic) return;
    const { directory } = this.#options;
    const folder = directory && join(directory, LOGS_DIRECTORY, topic.directory);
    // With its new name the topic is deleted: after a crash in between, the next start does the rest.
    if (folder && existsSync(folder)) renameSync(folder, deletedName(folder));
    this.#topics.delete(name);
    this.#partitions -= topic.partitions.length;
    this.#byId.delete(topic.id);
    this.#save();
    for (const partition of topic.partitions) partition.remove();
    if (folder) rmSync(deletedName(folder), { recursive: true, force: true });
  }

  close(): void {
    for (const topic of this.#topics.values()) for (const partition of topic.partitions) partition.close();
  }

  #add(topic: StoredTopic): void {
    this.#topics.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
  }

  #open(topic: StoredTopic, count: number): void {
    const { directory, log } = this.#options;
    this.#partitions += Math.max(0, count - topic.partitions.length);
    for (let index = topic.partitions.length; index < count; index++) {
      topic.partitions.push(
        new PartitionLog({
          directory: directory && join(directory, LOGS_DIRECTORY, topic.directory, String(index)),
          settings: () => topic.settings,
          log,
        }),
      );
    }
  }

  #load(directory: string): void {
    const logs = join(directory, LOGS_DIRECTORY);
    mkdirSync(logs, { recursive: true });
    const path = join(directory, CATALOGUE_FILE);
    const catalogue = readCatalogue(path)?.filter(
      (entry) => !existsSync(deletedName(join(logs, entry.directory))),
    );
    removeDeleted(logs);
    const folders = topicFolders(logs);
    const entries = catalogue ?? this.#recover(folders);
    for (const { partitions, ...entry } of entries) {
      const settings = logSettings(entry.configs, this.#options.retentionBytes);
      const topic: StoredTopic = { ...entry, id: entry.id ?? randomUUID(), settings, partitions: [] };
      this.#add(topic);
      this.#open(topic, partitions);
    }
    for (const { directory: folder, number } of folders) {
      this.#nextDirectory = Math.max(this.#nextDirectory, number + 1);
      if (entries.some((entry) => entry.directory === folder)) continue;
      this.#options.log.warn(`${join(logs, folder)} belongs to no topic in ${path}: it was left unchanged`, {
        folder,
      });
    }
    for (const { name, directory: folder } of entries) {
      const number = Number(folder.slice(name.length + 1));
      this.#nextDirectory = Math.max(this.#nextDirectory, number + 1);
    }
    this.#save();
  }

  /** The topics that the folders name; if several have one name, the latest. */
  #recover(folders: readonly TopicFolder[]): TopicEntry[] {
    const latest = new Map<string, TopicFolder>();
    for (const folder of folders.toSorted((a, b) => a.number - b.number)) latest.set(folder.topic, folder);
    const entries = [...latest.values()].map(({ topic, directory, partitions }) => ({
      name: topic,
      directory,
      partitions,
      configs: {},
    }));
    if (entries.length > 0) {
      const names = entries.map(({ name }) => name);
      this.#options.log.warn(
        `${CATALOGUE_FILE} is missing: ${names.join(', ')} recovered from the folders, without topic settings`,
        { topics: names },
      );
    }
    return entries;
  }

  #save(): void {
    const { directory } = this.#options;
    if (directory === undefined || this.#saveLater) return;
    const entries: TopicEntry[] = [...this.#topics.values()].map((topic) => ({
      name: topic.name,
      id: topic.id,
      directory: topic.directory,
      partitions: topic.partitions.length,
      configs: topic.configs,
    }));
    replaceFile(join(directory, CATALOGUE_FILE), `${JSON.stringify(entries, null, 2)}\n`);
  }
}

/**
 * Reads a catalogue of topics.
 *
 * @returns undefined when there is none
 * @throws when it is not valid
 */
export function readCatalogue(path: string): TopicEntry[] | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (Array.isArray(parsed) && parsed.every(isTopicEntry)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(
    `${path} cannot be read as a catalogue of topics: delete the file, and the topics are recovered from their folders`,
  );
}

function isTopicEntry(value: unknown): value is TopicEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    isTopicName(value.name) &&
    (!('id' in value) || (typeof value.id === 'string' && UUID.test(value.id))) &&
    'directory' in value &&
    typeof value.directory === 'string' &&
    value.directory.startsWith(`${value.name}-`) &&
    /^\d+$/.test(value.directory.slice(value.name.length + 1)) &&
    'partitions' in value &&
    Number.isInteger(value.partitions) &&
    Number(value.partitions) >= 0 &&
    Number(value.partitions) <= MAX_BROKER_PARTITIONS &&
    'configs' in value &&
    typeof value.configs === 'object' &&
    value.configs !== null
  );
}
