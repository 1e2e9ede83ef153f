import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, UserError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { EventType } from '../schema/event-type.ts';

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
 * Reads the released schemas recorded beside the event types of a folder and beside the samples.
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

/** The key that an event type gives to data now, or what it throws. */
export function keyFor(eventType: EventType, data: object): string {
  try {
    return String(eventType.partitionKey(Object(data)));
  } catch (error) {
    return `(throws: ${errorMessage(error)})`;
  }
}

/** The files of the record, for the event types of a folder. */
export function lockFiles(folder: string): [own: string, ofSamples: string] {
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
