import { catalogue } from './catalogue.ts';
import { REDACTED, type Redaction, redactionOf } from './sensitive.ts';
import { type CatalogueEvent, partitionKeyOf } from './validation.ts';

interface Redactable {
  readonly schema: unknown;
  /** Compiled when it is first needed: for the whole catalogue that is an eighth of what a consumer takes to load. */
  redaction?: Redaction;
}

const redactableByType: ReadonlyMap<string, Redactable> = new Map(
  catalogue.map(({ type, revisions }) => [type, { schema: revisions.at(-1) }]),
);

/** Undefined for a type that is not in the catalogue. */
function redactionFor(type: string): Redaction | undefined {
  const redactable = redactableByType.get(type);
  if (redactable === undefined) return undefined;
  redactable.redaction ??= redactionOf(redactable.schema);
  return redactable.redaction;
}

/** What tells which values of an event are sensitive. */
export interface UncheckedEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Whether nothing that events of a type hold is sensitive; false for a type that is not in the catalogue. */
export function isOpenType(type: string): boolean {
  const redaction = redactionFor(type);
  return redaction !== undefined && redaction.redact === undefined;
}

/**
 * The data of an event as it may be logged: every value that its schema marks `sensitive: true` is replaced.
 *
 * @param event - a checked event
 * @returns the data itself when its type has nothing to hide, else a redacted copy
 */
export function loggableData({ type, data }: CatalogueEvent): unknown {
  const redact = redactionFor(type)?.redact;
  return redact ? redact(data, []) : data;
}

/**
 * The record key of an event as it may be logged: replaced when it holds a sensitive value, or is made from one.
 *
 * @param event - checked or not; where its data could not be read, a type that marks anything hides the key
 * @param key - of the record, which another publisher may have chosen
 */
export function loggableKey(event: UncheckedEvent, key: string): string {
  const redact = redactionFor(event.type)?.redact;
  if (redact === undefined) return key;
  if (event.data === undefined) return REDACTED;
  const hidden: unknown[] = [];
  const data = redact(event.data, hidden);
  if (hidden.length === 0) return key;
  return hidden.some((value) => holds(key, value)) || isMadeFromSensitive(event, key, data) ? REDACTED : key;
}

function holds(key: string, value: unknown): boolean {
  if (typeof value === 'object' && value !== null)
    return Object.values(value).some((item) => holds(key, item));
  return (
    (typeof value === 'string' || typeof value === 'number') && value !== '' && key.includes(String(value))
  );
}

/** A key that redacted data does not produce was made from sensitive data. */
function isMadeFromSensitive(event: UncheckedEvent, key: string, redacted: unknown): boolean {
  try {
    return partitionKeyOf(event) === key && partitionKeyOf({ type: event.type, data: redacted }) !== key;
  } catch {
    return true;
  }
}
