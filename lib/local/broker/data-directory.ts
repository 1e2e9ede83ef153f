import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Log } from '../../log.ts';
import { replaceFile } from '../../replace-file.ts';
import { lockDirectory } from './directory-lock.ts';
import { topicFolders } from './log/topic-folders.ts';
import { CATALOGUE_FILE, readCatalogue } from './log/topic-store.ts';

const MARKER_FILE = 'data-directory.json';
const FORMAT = 'embedded-kafka-broker';
const VERSION = 1;

/** What a data directory holds besides the marker, and what others put into any directory. */
const OWN =
  /^(broker\.pid|topics|on-failure|committed-offsets\.jsonl\.damaged(-\d+)?|(topics\.json|committed-offsets\.jsonl|data-directory\.json)(\.tmp)?)$/;
const NOBODYS = /^(\.DS_Store|\.gitignore|\.gitkeep|lost\+found)$/;
const MAX_NAMED = 3;

/**
 * Makes a directory the data directory of one broker: a new or empty one, one with its marker file, or one that a
 * version without marker wrote.
 *
 * @returns a function that releases the directory
 * @throws when the directory holds something else, is of a later version, or another broker uses it
 */
export function openDataDirectory(directory: string, log: Log): () => void {
  const path = resolve(directory);
  const marker = join(path, MARKER_FILE);
  const marked = existsSync(marker);
  if (marked) checkMarker(marker);
  else refuseForeign(path);
  const unlock = lockDirectory(path);
  if (!marked) {
    if (existsSync(join(path, 'topics'))) {
      log.info(`${path} is from a version without a marker file: ${MARKER_FILE} was added`, { path });
    }
    replaceFile(marker, `${JSON.stringify({ format: FORMAT, version: VERSION })}\n`);
  }
  return unlock;
}

function checkMarker(marker: string): void {
  const { format, version } = readMarker(marker);
  if (format !== FORMAT) {
    throw new Error(
      `${marker} was not written by this broker: use another data directory (--dataDirectory or KAFKA_DATA_DIRECTORY)`,
    );
  }
  if (version !== VERSION) {
    throw new Error(
      `${marker} says version ${String(version)} of the format, this broker knows version ${VERSION}: use another data ` +
        'directory (KAFKA_DATA_DIRECTORY), or a later version of this broker',
    );
  }
}

function readMarker(marker: string): { format?: unknown; version?: unknown } {
  try {
    const parsed: unknown = JSON.parse(readFileSync(marker, 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function refuseForeign(path: string): void {
  const names = existsSync(path) ? readdirSync(path).filter((name) => !NOBODYS.test(name)) : [];
  const foreign = names.filter((name) => !OWN.test(name));
  if (names.includes(CATALOGUE_FILE) && !isCatalogue(join(path, CATALOGUE_FILE)))
    foreign.push(CATALOGUE_FILE);
  if (names.includes('topics')) foreign.push(...foreignTopics(path));
  if (foreign.length === 0) return;
  const named = foreign.slice(0, MAX_NAMED).join(', ');
  const more = foreign.length > MAX_NAMED ? ` and ${foreign.length - MAX_NAMED} more` : '';
  throw new Error(
    `${path} holds files that are not those of a Kafka data directory (${named}${more}): use a new or an empty directory ` +
      '(KAFKA_DATA_DIRECTORY)',
  );
}

/** What in the folder `topics` is not a topic. */
function foreignTopics(path: string): string[] {
  const logs = join(path, 'topics');
  try {
    const own = new Set(topicFolders(logs).map(({ directory }) => directory));
    const foreign = readdirSync(logs).filter((name) => !own.has(name) && !NOBODYS.test(name));
    return foreign.map((name) => join('topics', name));
  } catch {
    return ['topics'];
  }
}

function isCatalogue(path: string): boolean {
  try {
    return readCatalogue(path) !== undefined;
  } catch {
    return false;
  }
}
