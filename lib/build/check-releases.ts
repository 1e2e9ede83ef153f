import { DEFAULT_TOPIC, type EventType } from '../schema/event-type.ts';
import type { LoadedEventType } from './load-event-types.ts';
import { type Decision, keyFor, type ReleasedType, type Releases } from './released-schemas.ts';
import { editsInPlace, revisionBreaks } from './revision-breaks.ts';

/** A change of what was released that publishers or consumers would notice. */
export interface ReleaseBreak {
  readonly type: string;
  /** In the event type: a property, and below it a JSON pointer. */
  readonly place: string;
  /** What the change does, and what to do instead. */
  readonly message: string;
}

/** What a check of a catalogue against its record found. */
export interface ReleaseCheck {
  readonly breaks: readonly ReleaseBreak[];
  /** Event types that are not recorded yet, or have revisions that are not. */
  readonly unrecorded: readonly string[];
}

/** How to accept what the check found. */
export const ACCEPT_COMMAND = 'npm run schemas -- check --accept "<reason>"';
/** How to record what is new. */
export const RELEASE_COMMAND = 'npm run schemas -- release';

const restore =
  'restore the released revision, and add one with a new optional property, or declare a new type';
const evolve = 'add a new optional property instead, or declare a new type';

/**
 * Compares the event types of a catalogue with the record of what was released: each released revision must be there
 * unchanged, each newer one may only add optional properties, and type, topic and partition key stay.
 */
export function checkReleases(
  eventTypes: readonly LoadedEventType[],
  { eventTypes: released, decisions }: Releases,
): ReleaseCheck {
  const accepted = acceptedPlaces(decisions);
  const current = new Map(eventTypes.map(({ eventType }) => [eventType.type, eventType]));
  const removed = Object.keys(released).filter((type) => !current.has(type));
  return {
    breaks: [
      ...removed.map((type) => ({
        type,
        place: 'type',
        message: 'is gone, and consumers still get its records; keep it, or stop its publishers first',
      })),
      ...[...current.values()].flatMap((eventType) => {
        const { type } = eventType;
        const before = released[type];
        const found = [
          ...(before === undefined ? [] : changesOf(eventType, before)),
          ...breaksInRevisions(eventType).filter(({ place }) => !accepted.has(acceptedPlace(type, place))),
        ];
        return found.map((each) => ({ type, ...each }));
      }),
    ],
    unrecorded: [...current.values()]
      .filter(({ type, revisions }) => (released[type]?.revisions.length ?? 0) < revisions.length)
      .map(({ type }) => type),
  };
}

/** Names a place in an event type, to look up decisions. */
export function acceptedPlace(type: string, place: string): string {
  return `${type}: ${place}`;
}

/** The places in which decisions accept a change. */
export function acceptedPlaces(decisions: readonly Decision[]): ReadonlySet<string> {
  return new Set(
    decisions.flatMap(({ type, changes }) => changes.map((place) => acceptedPlace(type, place))),
  );
}

/** For example `order.placed: revisions[0]/properties/currency/pattern: widens …; add a new optional property …`. */
export function breakLine({ type, place, message }: ReleaseBreak): string {
  return `${type}: ${place}: ${message}.`;
}

type Found = Omit<ReleaseBreak, 'type'>;

function changesOf(eventType: EventType, released: ReleasedType): Found[] {
  const { topic = DEFAULT_TOPIC, bareRecords = false, revisions } = eventType;
  const found: Found[] = [];
  if (topic !== released.topic) {
    const message = `changes from ${released.topic} to ${topic}, and consumers of ${released.topic} no longer get it; keep the topic, or declare a new type for ${topic}`;
    found.push({ place: 'topic', message });
  }
  if (released.bareRecords && !bareRecords) {
    const message = `is gone, and records of ${released.topic} without ce_ headers are refused; keep it`;
    found.push({ place: 'bareRecords', message });
  }
  const moved = released.partitionKeys.find(({ data, key }) => keyFor(eventType, data) !== key);
  if (moved !== undefined) {
    const { data, key } = moved;
    const message = `gives "${keyFor(eventType, data)}" for ${JSON.stringify(data)}, which had the key "${key}", and events about one thing lose their order; keep the key, or declare a new type`;
    found.push({ place: 'partitionKey', message });
  }
  for (const [index, schema] of released.revisions.entries()) {
    const place = `revisions[${index}]`;
    const now = revisions[index];
    if (now === undefined) found.push({ place, message: `was released and is gone; ${restore}` });
    else
      found.push(
        ...editsInPlace(schema, now).map(({ pointer, rule }) => ({
          place: place + pointer,
          message: `${rule}; ${restore}`,
        })),
      );
  }
  return found;
}

/** Each revision is compared with the one before; what keeps every step keeps all of them. */
function breaksInRevisions({ revisions }: EventType): Found[] {
  return revisions.flatMap((newer, index) => {
    const older = index > 0 ? revisions[index - 1] : undefined;
    if (older === undefined) return [];
    return revisionBreaks(older, newer).map(({ pointer, rule }) => ({
      place: `revisions[${index}]${pointer}`,
      message: `${rule}; ${evolve}`,
    }));
  });
}
