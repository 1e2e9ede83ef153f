import { isJsonObject } from '../json.ts';
import { catalogue } from './catalogue.ts';
import type { CatalogueEvent } from './validation.ts';

const REDACTED = '[redacted]';

type Redact = (value: unknown) => unknown;

const redactByType: ReadonlyMap<string, Redact | undefined> = new Map(
  catalogue.map(({ type, revisions }) => [type, redactionOf(revisions.at(-1))]),
);

/**
 * The data of an event as it may be logged: every property that its schema marks `sensitive: true` is replaced.
 *
 * @param event - a checked event
 * @returns the data itself when its type has nothing to hide, else a redacted copy
 */
export function loggableData({ type, data }: CatalogueEvent): unknown {
  const redact = redactByType.get(type);
  return redact ? redact(data) : data;
}

/** What to do to values of a schema; undefined when nothing in it is sensitive. */
function redactionOf(schema: unknown): Redact | undefined {
  if (!isJsonObject(schema)) return undefined;
  if (schema.sensitive === true) return () => REDACTED;
  const items = redactionOf(schema.items);
  if (items) return (value) => (Array.isArray(value) ? value.map(items) : value);
  const properties = Object.entries(isJsonObject(schema.properties) ? schema.properties : {}).flatMap(
    ([name, property]): [string, Redact][] => {
      const redact = redactionOf(property);
      return redact ? [[name, redact]] : [];
    },
  );
  if (properties.length === 0) return undefined;
  return (value) => {
    if (!isJsonObject(value)) return value;
    const copy = { ...value };
    for (const [name, redact] of properties) if (Object.hasOwn(copy, name)) copy[name] = redact(copy[name]);
    return copy;
  };
}
