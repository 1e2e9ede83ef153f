import fc from 'fast-check';
import { isJsonObject } from '../../lib/json.ts';
import { catalogue } from '../../lib/schema/catalogue.ts';
import type { CloudEvent } from '../../lib/schema/cloud-event.ts';
import { type CatalogueEvent, validateEvent } from '../../lib/schema/validation.ts';
import { anyCharacter } from './any-character.ts';

/** Any value that satisfies a schema and has no property that the schema does not name. */
export function valueMatching(schema: unknown): fc.Arbitrary<unknown> {
  if (!isJsonObject(schema)) return fc.jsonValue();
  const { minimum, maximum } = schema;
  switch (schema.type) {
    case 'integer':
      return fc.integer({
        min: numberOr(Number.MIN_SAFE_INTEGER, minimum),
        max: numberOr(Number.MAX_SAFE_INTEGER, maximum),
      });
    case 'number':
      // JSON has no negative zero to come back as.
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    case 'string':
      return textMatching(schema);
    case 'array':
      return fc.array(valueMatching(schema.items), { minLength: numberOr(0, schema.minItems), maxLength: 5 });
    case 'object':
      return objectMatching(schema);
    default:
      throw new Error(`Teach arbitraries.ts the schema type "${schema.type}".`);
  }
}

function textMatching({
  pattern,
  format,
  minLength,
}: Readonly<Record<string, unknown>>): fc.Arbitrary<string> {
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  if (format === 'email') return fc.constantFrom('zoe@example.com', 'a.b+c@sub.example.org');
  return fc.string({ unit: anyCharacter, minLength: numberOr(0, minLength) });
}

function objectMatching(schema: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = Object.entries(isJsonObject(schema.properties) ? schema.properties : {});
  return fc.record(
    Object.fromEntries(properties.map(([name, property]) => [name, valueMatching(property)])),
    {
      requiredKeys: properties.map(([name]) => name).filter((name) => required.includes(name)),
      noNullPrototype: true,
    },
  );
}

function numberOr(otherwise: number, value: unknown): number {
  return typeof value === 'number' ? value : otherwise;
}

/** A non-empty string that an attribute of a CloudEvent may hold. */
export function attributeText(): fc.Arbitrary<string> {
  return fc
    .string({ unit: anyCharacter, minLength: 1, maxLength: 30 })
    .filter((text) => !/[\p{Cc}\p{NChar}]/u.test(text));
}

/** A valid event of the catalogue with any attributes, extensions included, as a Kafka record can carry them. */
export function catalogueEvent(): fc.Arbitrary<CatalogueEvent> {
  const known = {
    specversion: fc.constant('1.0' as const),
    id: attributeText(),
    source: uriReference(),
    subject: attributeText(),
    time: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }).map(isoTime),
    datacontenttype: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/json'),
    dataschema: uriReference().map((reference) => `urn:${reference}`),
  };
  const extensions = fc.dictionary(
    fc
      .stringMatching(/^[a-z0-9]{1,20}$/)
      .filter((name) => !['type', 'data', ...Object.keys(known)].includes(name)),
    attributeText(),
    { maxKeys: 4, noNullPrototype: true },
  );
  const attributes = fc.record(known, {
    requiredKeys: ['specversion', 'id', 'source', 'datacontenttype'],
    noNullPrototype: true,
  });
  const eventOf = ({ type, revisions }: (typeof catalogue)[number]) =>
    fc
      .tuple(attributes, extensions, valueMatching(revisions.at(-1)))
      .map(([known, extra, data]) => checked({ attributes: { ...extra, ...known, type }, data }));
  return fc.oneof(...catalogue.map(eventOf));
}

function checked(event: CloudEvent): CatalogueEvent {
  const result = validateEvent(event);
  if (!result.ok) throw new Error(`arbitraries.ts made an invalid event: ${JSON.stringify(result.issues)}`);
  return result.value;
}

function uriReference(): fc.Arbitrary<string> {
  return fc.stringMatching(/^(?:[\w\-.~:/?#@!$&'()*+,;=]|%[0-9A-F]{2}){1,30}$/);
}

function isoTime(date: Date): string {
  return date.toISOString();
}
