import { rm } from 'node:fs/promises';
import path from 'node:path';
import { isJsonObject } from '../json.ts';
import { replaceFile } from '../replace-file.ts';
import { DEFAULT_TOPIC, type EventType } from '../schema/event-type.ts';
import { exampleData } from '../schema/example.ts';
import type { LoadedEventType } from './load-event-types.ts';
import { type Decision, keyFor, lockFiles, type ReleasedType, type Releases } from './released-schemas.ts';
import { schemaCompiler } from './schema-compiler.ts';

/**
 * Records the event types of a catalogue as they are now.
 *
 * @param folder - of the event types
 * @param before - the record so far; its examples of partition keys are kept as long as they hold
 * @param decisions - all, also those of the record so far
 * @param accepted - how many revisions are recorded, of the types that are; the others keep their record, or have none.
 *   Absent: all of all types
 */
export async function recordReleases(
  folder: string,
  eventTypes: readonly LoadedEventType[],
  {
    before,
    decisions,
    accepted,
  }: { before: Releases; decisions: readonly Decision[]; accepted?: ReadonlyMap<string, number> },
): Promise<void> {
  const [own, ofSamples] = lockFiles(folder);
  const isSample = ({ file }: LoadedEventType) =>
    !path.relative(path.dirname(ofSamples), file).startsWith('..');
  const samples = eventTypes.filter(isSample).map(({ eventType }) => eventType.type);
  for (const file of [own, ofSamples]) {
    const isHere = (type: string) => samples.includes(type) === (file === ofSamples);
    const here = eventTypes.filter(({ eventType }) => isHere(eventType.type));
    const recorded = here.flatMap(({ eventType }): [string, ReleasedType][] => {
      const { type } = eventType;
      const earlier = before.eventTypes[type];
      const revisions = accepted === undefined ? eventType.revisions.length : accepted.get(type);
      if (revisions !== undefined) return [[type, releasedType(upTo(revisions, eventType), earlier)]];
      return earlier === undefined ? [] : [[type, earlier]];
    });
    const part: Releases = {
      eventTypes: Object.fromEntries(recorded),
      decisions: decisions.filter(({ type }) => isHere(type)),
    };
    if (recorded.length === 0 && part.decisions.length === 0) await rm(file, { force: true });
    else replaceFile(file, `${JSON.stringify(part, undefined, 2)}\n`);
  }
}

function upTo(revisions: number, eventType: EventType): EventType {
  const [first, ...newer] = eventType.revisions;
  return { ...eventType, revisions: [first, ...newer.slice(0, revisions - 1)] };
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

/** The keys of an example, and of one that differs from it in each value, also in case and length. */
function exampleKeys(eventType: EventType): ReleasedType['partitionKeys'] {
  const isValid = schemaCompiler(false).compile(eventType.revisions.at(-1) ?? {});
  const example = exampleData(eventType.revisions.at(-1));
  return [example, varied(example, isValid)].flatMap((data) =>
    isJsonObject(data) && isValid(data) ? [{ data, key: keyFor(eventType, data) }] : [],
  );
}

/** Changes each value in some data, as far as the whole stays valid. */
function varied(data: unknown, isValid: (whole: unknown) => boolean): unknown {
  if (typeof data !== 'object' || data === null) return variations(data).find(isValid) ?? data;
  let whole: unknown = structuredClone(data);
  for (const name of Object.keys(data)) {
    const before = whole;
    const replaced = (value: unknown): unknown =>
      Array.isArray(before)
        ? before.map((item, index) => (String(index) === name ? value : item))
        : { ...Object(before), [name]: value };
    whole = replaced(varied(Object(before)[name], (value) => isValid(replaced(value))));
  }
  return whole;
}

function variations(value: unknown): readonly unknown[] {
  if (typeof value === 'string') {
    const upper = value.toUpperCase();
    return [` ${upper}-2 ${'long '.repeat(10)}`, `${upper}-2`, `${value}2`, upper];
  }
  if (typeof value === 'number') return [value + 1, value - 1, value + 0.5];
  return typeof value === 'boolean' ? [!value] : [];
}
