import { isDeepStrictEqual } from 'node:util';
import type Ajv from 'ajv';
import { errorMessage } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { escapeName } from '../json-pointer.ts';
import { isTopicName, TOPIC_NAME_RULE } from '../kafka/topic-name-rule.ts';
import { DEFAULT_TOPIC, type EventType } from '../schema/event-type.ts';
import { redactionOf } from '../schema/sensitive.ts';
import { acceptedPlace } from './check-releases.ts';
import type { LoadedEventType } from './load-event-types.ts';
import { breaksBetween } from './revision-breaks.ts';
import { formatNames, schemaCompiler } from './schema-compiler.ts';

/** Keywords whose values are data, not schemas. */
const dataKeywords = ['const', 'enum', 'default', 'examples'];

/**
 * Checks what the event types of a catalogue promise, as far as the compiler of TypeScript cannot.
 *
 * @param accepted - places of breaks between revisions that were accepted on purpose
 * @returns one line for each problem: file, event type, place and fix
 */
export function problemsOf(
  eventTypes: readonly LoadedEventType[],
  accepted: ReadonlySet<string> = new Set(),
): string[] {
  const compiler = schemaCompiler(false);
  return eventTypes.flatMap(({ file, eventType }, index) => {
    const before = eventTypes.slice(0, index).map((loaded) => loaded.eventType);
    const problems = [
      ...duplicateProblems(eventType, before),
      ...topicProblems(eventType, before),
      ...eventType.revisions.flatMap((schema, revision) =>
        schemaProblems(schema, compiler).map((problem) => `revisions[${revision}]${problem}`),
      ),
      ...revisionProblems(eventType, accepted),
    ];
    if (problems.length === 0) problems.push(...keyProblems(eventType));
    return problems.map((problem) => `${file}: ${eventType.type}: ${problem}`);
  });
}

function duplicateProblems({ type }: EventType, before: readonly EventType[]): string[] {
  if (type === '') return ['type is empty; give it a name.'];
  return before.some((other) => other.type === type)
    ? ['type is taken by another event type; rename one.']
    : [];
}

function topicProblems(eventType: EventType, before: readonly EventType[]): string[] {
  const { topic = DEFAULT_TOPIC, bareRecords } = eventType;
  if (!isTopicName(topic)) return [`topic is "${topic}"; ${TOPIC_NAME_RULE}`];
  const other = before.find((each) => each.bareRecords && (each.topic ?? DEFAULT_TOPIC) === topic);
  if (!bareRecords || other === undefined) return [];
  return [
    `bareRecords is set by ${other.type} as well; only one event type can take the bare records of topic ${topic}.`,
  ];
}

/** Each begins with the JSON pointer of its place. */
function schemaProblems(schema: object, compiler: Ajv): string[] {
  if (!compiler.validateSchema(schema)) {
    return (compiler.errors ?? [])
      .slice(0, 1)
      .map(({ instancePath, message }) => `${instancePath}: ${message}.`);
  }
  const message = compileProblem(schema);
  if (message !== undefined) return [`${placeOf(message, schema) ?? ''}: ${message}.`];
  const { marks } = redactionOf(schema);
  return [...foreignReferences(schema), ...hiddenMarks(schema, marks)];
}

function revisionProblems({ type, revisions }: EventType, accepted: ReadonlySet<string>): string[] {
  return revisions.flatMap((newer, index) => {
    const breaks = index === 0 ? [] : breaksBetween(revisions[index - 1], newer);
    return breaks
      .map((pointer) => `revisions[${index}]${pointer}`)
      .filter((place) => !accepted.has(acceptedPlace(type, place)))
      .map(
        (place) => `${place}: differs from the revision before; a revision may only add optional properties.`,
      );
  });
}

function compileProblem(schema: unknown): string | undefined {
  try {
    schemaCompiler(false, false).compile(Object(schema));
    return undefined;
  } catch (error) {
    const message = errorMessage(error)
      .replace(/ (?:ignored in schema )?at (?:path )?"[^"]*"$/, '')
      .replace(/^strict mode: /, '');
    return message.startsWith('unknown format')
      ? `${message}; use one of ${formatNames.join(', ')}`
      : message;
  }
}

/** The deepest part of a schema that has the same problem by itself. */
function placeOf(message: string, schema: unknown, pointer = ''): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const [name, below] of Object.entries(schema)) {
    const place = placeOf(message, below, `${pointer}/${escapeName(name)}`);
    if (place !== undefined) return place;
  }
  return compileProblem(schema) === message ? pointer : undefined;
}

/** What redaction does not follow, and would so leave in the logs. */
function foreignReferences(schema: unknown, pointer = ''): string[] {
  return descend(schema, pointer, (part, at) => {
    if (typeof part.$ref === 'string' && !/^#(?:\/|$)/.test(part.$ref)) {
      return `${at}/$ref: "${part.$ref}" is not in this schema; refer to #/definitions/….`;
    }
    return typeof part.$id === 'string' && at !== ''
      ? `${at}/$id: remove it; a part of a schema has no $id.`
      : undefined;
  });
}

function hiddenMarks(schema: unknown, marks: ReadonlySet<string>): string[] {
  return descend(schema, '', (part, at) =>
    part.sensitive === true && !marks.has(at) && ![...marks].some((mark) => at.startsWith(`${mark}/`))
      ? `${at}/sensitive: redaction cannot tell which values this marks; mark the property itself.`
      : undefined,
  );
}

function descend(
  part: unknown,
  pointer: string,
  problemOf: (part: Record<string, unknown>, pointer: string) => string | undefined,
): string[] {
  if (Array.isArray(part))
    return part.flatMap((item, index) => descend(item, `${pointer}/${index}`, problemOf));
  if (!isJsonObject(part)) return [];
  const problem = problemOf(part, pointer);
  const below = Object.entries(part).flatMap(([name, value]) =>
    dataKeywords.includes(name) ? [] : descend(value, `${pointer}/${escapeName(name)}`, problemOf),
  );
  return problem === undefined ? below : [problem, ...below];
}

/** An event without a key that says something would be an event without an order. */
function keyProblems(eventType: EventType): string[] {
  const schema = eventType.revisions.at(-1);
  const data = smallest(schema);
  // A sample that the schema refuses proves nothing.
  if (!isJsonObject(data) || schema === undefined || !schemaCompiler(false, false).validate(schema, data))
    return [];
  const sample = JSON.stringify(data);
  let key: unknown;
  try {
    key = eventType.partitionKey(data);
  } catch (error) {
    return [`partitionKey throws for ${sample}: ${errorMessage(error)}; use required properties only.`];
  }
  if (typeof key !== 'string')
    return [`partitionKey gives ${key} for ${sample}; use required properties only, as text.`];
  if (key !== '') return [];
  return [`partitionKey gives an empty key for ${sample}; give the property that it uses minLength: 1.`];
}

/** @param reference - RFC 6901, as a URI fragment */
function referenced(reference: string, root: unknown): unknown {
  const steps = decodeURIComponent(reference).split('/').slice(1);
  return steps.reduce<unknown>(
    (part, step) => Object(part)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
    root,
  );
}

/** The shortest data that a schema may take: required properties only, texts as short as can be. */
function smallest(schema: unknown, root = schema): unknown {
  if (!isJsonObject(schema)) return null;
  const { $ref: reference, const: constant, enum: values, minLength, minItems, minimum } = schema;
  if (typeof reference === 'string') {
    const target = referenced(reference, root);
    return isDeepStrictEqual(target, schema) ? null : smallest(target, root);
  }
  if (constant !== undefined) return constant;
  if (Array.isArray(values)) return values[0];
  switch (schema.type) {
    case 'string':
      return 'x'.repeat(typeof minLength === 'number' ? minLength : 0);
    case 'number':
    case 'integer':
      return typeof minimum === 'number' ? minimum : 0;
    case 'boolean':
      return false;
    case 'array':
      return Array.from({ length: typeof minItems === 'number' ? minItems : 0 }, () =>
        smallest(schema.items, root),
      );
    case 'object':
      return smallestObject(schema, root);
    default:
      return null;
  }
}

function smallestObject({ required, properties }: Record<string, unknown>, root: unknown) {
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.fromEntries(
    Object.entries(isJsonObject(properties) ? properties : {}).flatMap(([name, below]) =>
      names.includes(name) ? [[name, smallest(below, root)]] : [],
    ),
  );
}
