import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../json.ts';
import { escapeName } from '../json-pointer.ts';

/** A change that keeps a consumer of one revision from reading data of the other. */
export interface RevisionBreak {
  /** JSON pointer to what has changed. */
  readonly pointer: string;
  /** Data of the older revision is refused by the newer one. */
  readonly backward: boolean;
  /** Data of the newer revision is refused by the older one. */
  readonly forward: boolean;
  /** What the change does, to follow the pointer. */
  readonly rule: string;
}

/** Says nothing about which data is valid: JSON Schema Validation (draft-07), section 10. */
const annotations = ['$comment', 'default', 'description', 'examples', 'title'];
/** Keywords whose members are schemas by name. */
const schemasByName = ['definitions', 'dependencies', 'patternProperties', 'properties'];
/** The value that each bound has where it is absent. */
const bounds: ReadonlyMap<string, number> = new Map(
  Object.entries({
    exclusiveMinimum: -Infinity,
    minItems: -Infinity,
    minLength: -Infinity,
    minProperties: -Infinity,
    minimum: -Infinity,
    exclusiveMaximum: Infinity,
    maxItems: Infinity,
    maxLength: Infinity,
    maxProperties: Infinity,
    maximum: Infinity,
  }),
);
/** Refuse some data; without the keyword all of it is accepted. */
const restrictions = [
  'additionalItems',
  'additionalProperties',
  'allOf',
  'anyOf',
  'const',
  'contains',
  'dependencies',
  'enum',
  'format',
  'items',
  'multipleOf',
  'not',
  'oneOf',
  'pattern',
  'patternProperties',
  'propertyNames',
  'type',
  'uniqueItems',
];

/** The values that a keyword accepts, where it lists them. */
const valuesIn: ReadonlyMap<string, (value: unknown) => readonly unknown[]> = new Map([
  ['enum', listOf],
  ['type', typesOf],
]);

type Effect = Omit<RevisionBreak, 'pointer'>;

const narrows: Effect = {
  backward: true,
  forward: false,
  rule: 'refuses data that was valid, so that older records and publishers are refused',
};
const widens: Effect = {
  backward: false,
  forward: true,
  rule: 'accepts data that was not valid, which older consumers refuse',
};
const changes: Effect = {
  backward: true,
  forward: true,
  rule: 'changes which data is valid, so that old and new publishers and consumers refuse each other',
};
const unmarks: Effect = {
  backward: false,
  forward: false,
  rule: 'removes a sensitive mark, so that the logs show what they hid',
};
const closed: Effect = {
  backward: false,
  forward: true,
  rule: 'adds a property where the older revision does not accept further ones, so that older consumers refuse it',
};
const forgets: Effect = {
  backward: false,
  forward: true,
  rule: 'removes a property, so that publishers may send anything under its name, which older consumers refuse',
};
const forbids: Effect = { ...narrows, rule: 'removes a property, whose older records are refused' };

const addsInPlace: Effect = {
  ...changes,
  rule: 'is added to a revision that was released, which publishers and consumers have without it',
};

/**
 * Finds what a newer revision of a schema does beyond adding optional properties, annotations and `sensitive` marks. With
 * such changes, old and new publishers and consumers would not understand each other.
 *
 * @param older - JSON Schema (draft-07)
 * @param newer - of the same event type, later
 */
export function revisionBreaks(older: unknown, newer: unknown): RevisionBreak[] {
  return breaksIn(older, newer, '', false);
}

/**
 * Finds every change of a revision that was released, other than annotations and added `sensitive` marks: even a new
 * property belongs into a new revision.
 */
export function editsInPlace(released: unknown, current: unknown): RevisionBreak[] {
  return breaksIn(released, current, '', true);
}

/** JSON pointers to what {@link revisionBreaks} finds. */
export function breaksBetween(older: unknown, newer: unknown): string[] {
  return revisionBreaks(older, newer).map(({ pointer }) => pointer);
}

function breaksIn(older: unknown, newer: unknown, pointer: string, inPlace: boolean): RevisionBreak[] {
  if (!isJsonObject(older) || !isJsonObject(newer)) {
    if (isDeepStrictEqual(older, newer)) return [];
    return [{ pointer, ...(newer === false ? narrows : older === false ? widens : changes) }];
  }
  return namesIn(older, newer).flatMap((keyword) => {
    const [before, after] = [older[keyword], newer[keyword]];
    const below = `${pointer}/${escapeName(keyword)}`;
    if (annotations.includes(keyword) || isDeepStrictEqual(before, after)) return [];
    if (schemasByName.includes(keyword)) {
      return namesIn(Object(before), Object(after)).flatMap((name) =>
        breaksOfMember({ keyword, name, older, newer, pointer: `${below}/${escapeName(name)}`, inPlace }),
      );
    }
    if (isJsonObject(before) && isJsonObject(after)) return breaksIn(before, after, below, inPlace);
    const effect = effectOf(keyword, before, after);
    return effect === undefined ? [] : [{ pointer: below, ...effect }];
  });
}

function namesIn(before: object, after: object): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

interface Member {
  readonly keyword: string;
  readonly name: string;
  readonly older: Readonly<Record<string, unknown>>;
  readonly newer: Readonly<Record<string, unknown>>;
  readonly pointer: string;
  readonly inPlace: boolean;
}

/** A schema under a name: a property, a definition and so on. */
function breaksOfMember({ keyword, name, older, newer, pointer, inPlace }: Member): RevisionBreak[] {
  const before: unknown = Object(older[keyword])[name];
  const after: unknown = Object(newer[keyword])[name];
  if (before !== undefined && after !== undefined) return breaksIn(before, after, pointer, inPlace);
  const isAdded = before === undefined;
  const broken = (effect: Effect) => [{ pointer, ...effect }];
  if (isAdded && inPlace) return broken(addsInPlace);
  // What refers to a definition is compared where it refers.
  if (keyword === 'definitions') return [];
  if (keyword !== 'properties') return broken(isAdded ? narrows : widens);
  if (!isAdded) return broken(newer.additionalProperties === false ? forbids : forgets);
  return takesFurther(older, name, after) ? [] : broken(closed);
}

/** Whether an object schema accepts a property that it does not name, whatever its value. */
function takesFurther(schema: Readonly<Record<string, unknown>>, name: string, property: unknown): boolean {
  const { patternProperties, propertyNames, maxProperties, additionalProperties = true } = schema;
  if (propertyNames !== undefined || maxProperties !== undefined) return false;
  const patterns = Object.entries(Object(patternProperties)).filter(([pattern]) =>
    new RegExp(pattern, 'u').test(name),
  );
  const rules = patterns.length > 0 ? patterns.map(([, rule]) => rule) : [additionalProperties];
  return rules.every((rule) => rule === true || isDeepStrictEqual(rule, property));
}

/** What a keyword does whose value has changed; undefined: nothing that matters. */
function effectOf(keyword: string, before: unknown, after: unknown): Effect | undefined {
  if (keyword === 'sensitive') return before === true ? unmarks : undefined;
  if (keyword === 'required') return compared(listOf(after), listOf(before));
  const bound = bounds.get(keyword);
  if (bound !== undefined)
    return Number(after ?? bound) * Math.sign(bound) < Number(before ?? bound) * Math.sign(bound)
      ? narrows
      : widens;
  const values = valuesIn.get(keyword);
  if (values !== undefined && before !== undefined && after !== undefined)
    return compared(values(before), values(after));
  return restrictions.includes(keyword) ? effectOfRestriction(keyword, before, after) : changes;
}

function effectOfRestriction(keyword: string, before: unknown, after: unknown): Effect | undefined {
  const acceptsAll = keyword !== 'uniqueItems';
  const isOpen = (value: unknown) => value === undefined || value === acceptsAll;
  if (isOpen(before)) return isOpen(after) ? undefined : narrows;
  if (isOpen(after) || before === false) return widens;
  return after === false ? narrows : changes;
}

/** What happens when the values that are accepted change from some to others. */
function compared(before: readonly unknown[], after: readonly unknown[]): Effect | undefined {
  const isWithin = (some: readonly unknown[], others: readonly unknown[]) =>
    some.every((value) => others.some((other) => isDeepStrictEqual(value, other)));
  if (isWithin(before, after)) return isWithin(after, before) ? undefined : widens;
  return isWithin(after, before) ? narrows : changes;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Every integer is a number. */
function typesOf(type: unknown): readonly unknown[] {
  const types = [type].flat();
  return types.includes('number') ? [...types, 'integer'] : types;
}
