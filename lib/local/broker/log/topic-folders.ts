import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const TOPIC_FOLDER = /^([a-zA-Z0-9._-]{1,249})-(\d{1,15})$/;
const PARTITION_FOLDER = /^\d{1,9}$/;
/** What a partition writes: segments, what was cut off of them, and its log start. */
const PARTITION_FILE = /^(\d{20}\.log(\.tmp|\.damaged-\d+(-\d+)?)?|log-start-offset(\.tmp)?)$/;
const DELETED_SUFFIX = '.deleted';

/** A folder with the records of one topic. A topic that is created again under its name gets another. */
export interface TopicFolder {
  readonly directory: string;
  readonly topic: string;
  readonly number: number;
  /** One more than the highest partition that has a folder. */
  readonly partitions: number;
}

/** The folders in `logs` that hold the partitions of a topic and nothing else. */
export function topicFolders(logs: string): TopicFolder[] {
  return readdirSync(logs).flatMap((directory) => {
    const [, topic, number] = TOPIC_FOLDER.exec(directory) ?? [];
    const partitions = topic !== undefined && partitionsIn(join(logs, directory));
    if (topic === undefined || partitions === false || partitions === undefined) return [];
    return [{ directory, topic, number: Number(number), partitions }];
  });
}

/** What the folder of a topic is called from the moment its topic is deleted. */
export function deletedName(directory: string): string {
  return `${directory}${DELETED_SUFFIX}`;
}

/** Removes the folders of deleted topics. */
export function removeDeleted(logs: string): void {
  for (const name of readdirSync(logs)) {
    const path = join(logs, name);
    const directory = name.slice(0, -DELETED_SUFFIX.length);
    if (name !== deletedName(directory) || !TOPIC_FOLDER.test(directory)) continue;
    if (partitionsIn(path) !== undefined) rmSync(path, { recursive: true });
  }
}

/** The number of partitions in the folder of a topic; undefined when it holds something else. */
function partitionsIn(path: string): number | undefined {
  const children = foldersOnly(path);
  if (!children?.every((name) => PARTITION_FOLDER.test(name) && isPartition(join(path, name))))
    return undefined;
  return Math.max(0, ...children.map((name) => Number(name) + 1));
}

function foldersOnly(path: string): string[] | undefined {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.every((entry) => entry.isDirectory()) ? entries.map(({ name }) => name) : undefined;
  } catch {
    return undefined;
  }
}

function isPartition(path: string): boolean {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.every((entry) => entry.isFile() && PARTITION_FILE.test(entry.name));
}
