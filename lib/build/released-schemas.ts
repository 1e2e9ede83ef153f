import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, UserError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { DEFAULT_TOPIC, type EventType } from '../schema/event-type.ts';
import { validExample } from './example-data.ts';
import type { LoadedEventType } from './load-event-types.ts';

/** What publishers and consumers of an event type rely on since it was released. */
export interface ReleasedType {
  readonly topic: string;
  readonly bareRecords: boolean;
  /** The keys that some data had: the order of events depends on them. */
  readonly partitionKeys: readonly { readonly data: object; readonly key: string }[];
  readonly revisions: readonly object[];
}

/** A change of what was released, made on purpose. */
export interface Decision {
  readonly type: string;
  readonly reason: string;
  /** What has changed, as places in the event type. */
  readonly changes: readonly string[];
}

/** The record of the schemas that were released. */
export interface Releases {
  /** By event type. */
  readonly eventTypes: Readonly<Record<string, ReleasedType>>;
  readonly decisions: readonly Decision[];
}

const LOCK_FILE = 'schemas.lock.json';
/** The samples have a record of their own, so that it goes when they are deleted. */
const SAMPLES = 'samples';

/**
 * Reads the record of released schemas beside the event types of a folder, and that of the samples.
 *
 * @param folder - of the event types
 * @throws UserError when a file is not such a record
 */
export async function readReleases(folder: string): Promise<Releases> {
  const parts = await Promise.all(lockFiles(folder).map(readLockFile));
  return {
    eventTypes: Object.assign({}, ...parts.map(({ eventTypes }) => eventTypes)),
    decisions: parts.flatMap(({ decisions }) => decisions),
  };
}

/**
 * Records the event types of a catalogue as they are now.
 *
 * @param folder - of the event types
 * @param before - the record so far; its examples of partition keys are kept as long as they hold
 * @param decisions - all, also those of the record so far
 */
export async function writeReleases(
  folder: string,
  eventTypes: readonly LoadedEventType[],
  { before, decisions }: { before: Releases; decisions: readonly Decision[] },
): Promise<void> {
  const [own, ofSamples] = lockFiles(folder);
  const isSample = ({ file }: LoadedEventType) =>
    !path.relative(path.dirname(ofSamples), file).startsWith('..');
  const samples = eventTypes.filter(isSample).map(({ eventType }) => eventType.type);
  for (const file of [own, ofSamples]) {
    const isHere = (type: string) => samples.includes(type) === (file === ofSamples);
    const here = eventTypes.filter(({ eventType }) => isHere(eventType.type));
    const part: Releases = {
      eventTypes: Object.fromEntries(
        here.map(({ eventType }) => [
          eventType.type,
          releasedType(eventType, before.eventTypes[eventType.type]),
        ]),
      ),
      decisions: decisions.filter(({ type }) => isHere(type)),
    };
    if (here.length === 0 && part.decisions.length === 0) await rm(file, { force: true });
    else await writeFile(file, `${JSON.stringify(part, undefined, 2)}\n`);
  }
}

/** The key that an event type gives to data now, or what it throws. */
export function keyFor(eventType: EventType, data: object): string {
  try {
    return String(eventType.partitionKey(Object(data)));
  } catch (error) {
    return `(throws: ${errorMessage(error)})`;
  }
}

function releasedType(eventType: EventType, before: ReleasedType | undefined): ReleasedType {
  const { topic = DEFAULT_TOPIC, bareRecords = false, revisions } = eventType;
  const holding = before?.partitionKeys.filter(({ data, key }) => keyFor(eventType, data) === key) ?? [];
  return {
    topic,
    bareRecords,
    partitionKeys: holding.length > 0 ? holding : exampleKeys(eventType),
    revisions,
  };
}

/** Keys of data that differs in each value, also in case and length. */
function exampleKeys(eventType: EventType): ReleasedType['partitionKeys'] {
  const schema = eventType.revisions.at(-1) ?? {};
  const styles = [{ variant: 0 }, { variant: 1 }, { smallest: true }];
  return styles.flatMap((style) => {
    const data = validExample(schema, style);
    return isJsonObject(data) ? [{ data, key: keyFor(eventType, data) }] : [];
  });
}

function lockFiles(folder: string): [own: string, ofSamples: string] {
  return [path.join(folder, LOCK_FILE), path.join(folder, SAMPLES, LOCK_FILE)];
}

async function readLockFile(file: string): Promise<Releases> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (Object(error).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return { eventTypes: {}, decisions: [] };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UserError([`${file}: ${errorMessage(error)}; restore it from version control.`]);
  }
  if (isReleases(parsed)) return parsed;
  throw new UserError([`${file}: is not a record of released schemas; restore it from version control.`]);
}

function isReleases(value: unknown): value is Releases {
  return (
    isJsonObject(value) &&
    isJsonObject(value.eventTypes) &&
    Object.values(value.eventTypes).every(isReleasedType) &&
    Array.isArray(value.decisions) &&
    value.decisions.every((each) => typeof each?.type === 'string' && Array.isArray(each.changes))
  );
}

function isReleasedType(value: unknown): value is ReleasedType {
  return (
    isJsonObject(value) &&
    typeof value.topic === 'string' &&
    typeof value.bareRecords === 'boolean' &&
    Array.isArray(value.revisions) &&
    value.revisions.every(isJsonObject) &&
    Array.isArray(value.partitionKeys) &&
    value.partitionKeys.every((each) => isJsonObject(each?.data) && typeof each.key === 'string')
  );
}
