import type { ConsoleCatalogue, ShownRecord } from './console-catalogue.ts';
import type { RecentRecord } from './recent-records.ts';
import type { Recorder } from './recorder.ts';
import type { EventRow } from './wire.ts';

const MAX_PREVIEW = 240;
const MAX_ATTRIBUTE = 160;

/** `<topic>/<partition>/<offset>`. */
export function placeOf({ topic, record }: RecentRecord): string {
  return `${topic}/${record.partition}/${record.offset}`;
}

/** A record as a list shows it. */
export function rowOf(
  recent: RecentRecord,
  recorder: Recorder,
  catalogue: ConsoleCatalogue,
  shown: ShownRecord = catalogue.show(recent.topic, recent.record),
): EventRow {
  const { topic, at, record } = recent;
  const { partition, offset, value } = record;
  return {
    place: placeOf(recent),
    topic,
    partition,
    offset,
    at,
    type: shown.type,
    id: shown.id && short(shown.id),
    correlationId: shown.correlationId && short(shown.correlationId),
    key: shown.key && short(shown.key),
    preview: value === null ? '(no value: a tombstone)' : short(shown.text, MAX_PREVIEW),
    problem: shown.problem && short(shown.problem, MAX_PREVIEW),
    ...recorder.stateOf(topic, record),
  };
}

/**
 * Whether a row is looked for: every word of the search stands in one of its fields, or behind the name of one, as in
 * `type:order.placed partition:2`.
 */
export function matches(row: EventRow, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => {
    const [, name = '', wanted = ''] = /^(\w+):(.+)$/.exec(word) ?? [];
    const field = searchable(row)[name];
    if (field !== undefined)
      return name === 'partition' || name === 'offset' ? field === wanted : field.includes(wanted);
    return Object.values(searchable(row)).some((text) => text.includes(word));
  });
}

function searchable(row: EventRow): Readonly<Record<string, string>> {
  const { topic, partition, offset, type, id, key, correlationId, preview, state, place, problem } = row;
  return Object.fromEntries(
    Object.entries({
      topic,
      partition,
      offset,
      type,
      id,
      key,
      correlation: correlationId,
      state,
      place,
      data: preview,
      problem,
    }).map(([name, value]) => [name, String(value ?? '').toLowerCase()]),
  );
}

function short(text: string, most = MAX_ATTRIBUTE): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
