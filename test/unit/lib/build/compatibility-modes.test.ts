import { type RevisionBreak, revisionBreaks } from '../../../../lib/build/revision-breaks.ts';
import { schemaCompiler } from '../../../../lib/build/schema-compiler.ts';

/** Modes of Confluent Schema Registry that accept a change. FULL accepts what both accept. */
type Confluent = 'BACKWARD' | 'FORWARD';
/** Modes of Nakadi that accept a change; `none` accepts all. */
type Nakadi = 'compatible' | 'forward';

interface Case {
  readonly change: string;
  readonly older: object;
  readonly newer: object;
  /** What this project says that the change breaks. */
  readonly breaks: readonly ('backward' | 'forward')[];
  readonly confluent: readonly Confluent[];
  readonly nakadi: readonly Nakadi[];
  /** Why verdicts differ, where they do. */
  readonly differs?: string;
}

const text = { type: 'string' };
const open = (properties: object, rest: object = {}) => ({ type: 'object', properties, ...rest });
const closed = (properties: object, rest: object = {}) =>
  open(properties, { additionalProperties: false, ...rest });

/**
 * The verdicts of others on the same changes.
 *
 * @see {@link https://docs.confluent.io/platform/current/schema-registry/fundamentals/schema-evolution.html Confluent Platform, "Schema Evolution and Compatibility for Schema Registry", JSON Schema compatibility rules}
 * @see {@link https://github.com/confluentinc/schema-registry/blob/9ef76b4a1373f50a505162e72cffcbfd3dd2fee3/json-schema-provider/src/main/java/io/confluent/kafka/schemaregistry/json/diff/SchemaDiff.java confluentinc/schema-registry, SchemaDiff.java}: the differences that are compatible
 * @see {@link https://nakadi.io/manual.html Nakadi Manual, "Event Types", Compatibility modes}
 */
const cases: readonly Case[] = [
  {
    change: 'an optional property is added to an open object',
    older: open({ a: text }),
    newer: open({ a: text, b: text }),
    breaks: [],
    confluent: ['FORWARD'],
    nakadi: ['compatible', 'forward'],
    differs:
      'In an open object older data may have had anything under the new name (PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL). ' +
      'As in Nakadi, publishers are taken to send what they declare.',
  },
  {
    change: 'an optional property is added to a closed object',
    older: closed({ a: text }),
    newer: closed({ a: text, b: text }),
    breaks: ['forward'],
    confluent: ['BACKWARD'],
    nakadi: ['forward'],
    differs: 'Nakadi tells consumers to ignore what they do not know; consumers here validate.',
  },
  {
    change: 'a required property is added',
    older: open({ a: text }),
    newer: open({ a: text, b: text }, { required: ['b'] }),
    breaks: ['backward'],
    confluent: ['FORWARD'],
    nakadi: ['forward'],
  },
  {
    change: 'a property becomes required',
    older: open({ a: text }),
    newer: open({ a: text }, { required: ['a'] }),
    breaks: ['backward'],
    confluent: ['FORWARD'],
    nakadi: ['forward'],
  },
  {
    change: 'a property is required no longer',
    older: open({ a: text }, { required: ['a'] }),
    newer: open({ a: text }),
    breaks: ['forward'],
    confluent: ['BACKWARD'],
    nakadi: [],
  },
  {
    change: 'an optional property is removed from an open object',
    older: open({ a: text, b: text }),
    newer: open({ a: text }),
    breaks: ['forward'],
    confluent: ['BACKWARD'],
    nakadi: [],
  },
  {
    change: 'an optional property is removed from a closed object',
    older: closed({ a: text, b: text }),
    newer: closed({ a: text }),
    breaks: ['backward'],
    confluent: ['FORWARD'],
    nakadi: [],
  },
  {
    change: 'an open object is closed',
    older: open({ a: text }),
    newer: closed({ a: text }),
    breaks: ['backward'],
    confluent: ['FORWARD'],
    nakadi: [],
  },
  {
    change: 'integers become numbers',
    older: open({ a: { type: 'integer' } }),
    newer: open({ a: { type: 'number' } }),
    breaks: ['forward'],
    confluent: ['BACKWARD'],
    nakadi: [],
  },
  {
    change: 'a text becomes an integer',
    older: open({ a: text }),
    newer: open({ a: { type: 'integer' } }),
    breaks: ['backward', 'forward'],
    confluent: [],
    nakadi: [],
  },
  {
    change: 'a value is added to an enum',
    older: open({ a: { enum: ['x'] } }),
    newer: open({ a: { enum: ['x', 'y'] } }),
    breaks: ['forward'],
    confluent: ['BACKWARD'],
    nakadi: [],
  },
  {
    change: 'a value is removed from an enum',
    older: open({ a: { enum: ['x', 'y'] } }),
    newer: open({ a: { enum: ['x'] } }),
    breaks: ['backward'],
    confluent: ['FORWARD'],
    nakadi: [],
  },
  {
    change: 'a minimum length is added',
    older: open({ a: text }),
    newer: open({ a: { type: 'string', minLength: 1 } }),
    breaks: ['backward'],
    confluent: ['FORWARD'],
    nakadi: [],
  },
  {
    change: 'a maximum is raised',
    older: open({ a: { type: 'integer', maximum: 5 } }),
    newer: open({ a: { type: 'integer', maximum: 7 } }),
    breaks: ['forward'],
    confluent: ['BACKWARD'],
    nakadi: [],
  },
  {
    change: 'a pattern is another one',
    older: open({ a: { type: 'string', pattern: '^x' } }),
    newer: open({ a: { type: 'string', pattern: '^y' } }),
    breaks: ['backward', 'forward'],
    confluent: [],
    nakadi: [],
  },
  {
    change: 'a description is another one',
    older: open({ a: text }, { description: 'a' }),
    newer: open({ a: text }, { description: 'b' }),
    breaks: [],
    confluent: ['BACKWARD', 'FORWARD'],
    nakadi: ['compatible', 'forward'],
  },
];

/** Data that shows the difference between two schemas of a case. */
const probes = [{}, ...['', 'x', 'y', 7, 1.5].map((a) => ({ a })), { a: 'x', b: 'y' }, { a: 'x', b: 7 }];

function directions(breaks: readonly RevisionBreak[]): ('backward' | 'forward')[] {
  return (['backward', 'forward'] as const).filter((direction) => breaks.some((each) => each[direction]));
}

describe('the verdict on a change of a schema', () => {
  test.each(cases)('$change', ({ older, newer, breaks, confluent, nakadi, differs }) => {
    const verdict = directions(revisionBreaks(older, newer));
    expect(verdict).toEqual(breaks);
    const accepted = (['BACKWARD', 'FORWARD'] as const).filter(
      (mode) => !verdict.includes(mode === 'BACKWARD' ? 'backward' : 'forward'),
    );
    const isFullyCompatible = accepted.length === 2;
    const isAsConfluent = accepted.join() === confluent.join();
    const isAsNakadi =
      isFullyCompatible === nakadi.includes('compatible') &&
      // Nakadi's `forward` allows what it lists only, so it may refuse more.
      (!nakadi.includes('forward') || accepted.includes('FORWARD'));
    expect(isAsConfluent && isAsNakadi).toBe(differs === undefined);
  });

  // Confluent's verdict is exact; the one above differs from it in one case, which says why.
  test.each(cases)('of Confluent is what data shows: $change', ({ older, newer, confluent }) => {
    const [isOld, isNew] = [schemaCompiler(false).compile(older), schemaCompiler(false).compile(newer)];
    expect(probes.some((data) => isOld(data) && !isNew(data))).toBe(!confluent.includes('BACKWARD'));
    expect(probes.some((data) => isNew(data) && !isOld(data))).toBe(!confluent.includes('FORWARD'));
  });

  // Confluent's …_TRANSITIVE modes compare with all earlier versions.
  test('holds for all earlier revisions when it holds for each step', () => {
    const chain = [
      open({ a: text }),
      open({ a: text, b: text }),
      open({ a: text, b: text, c: { type: 'integer' } }),
    ];
    for (const [index, newer] of chain.entries())
      for (const older of chain.slice(0, index)) expect(revisionBreaks(older, newer)).toEqual([]);
  });
});

describe('what else a revision may do', () => {
  test.each<[string, object, object]>([
    ['mark a property as sensitive', open({ a: text }), open({ a: { type: 'string', sensitive: true } })],
    ['add a definition', open({ a: text }), open({ a: text }, { definitions: { b: text } })],
    [
      'name its required properties in another order',
      open({ a: text }, { required: ['a', 'b'] }),
      open({ a: text }, { required: ['b', 'a'] }),
    ],
    [
      'add a property that others were required to be like',
      open({}, { additionalProperties: text }),
      open({ a: text }, { additionalProperties: text }),
    ],
    ['say that an open object is open', open({ a: text }), open({ a: text }, { additionalProperties: true })],
  ])('%s', (_what, older, newer) => {
    expect(revisionBreaks(older, newer)).toEqual([]);
  });

  test.each<[string, object, object, string]>([
    [
      'unmark a sensitive property',
      open({ a: { type: 'string', sensitive: true } }),
      open({ a: text }),
      '/properties/a/sensitive',
    ],
    [
      'add a property that a pattern of the older one refuses',
      open({}, { patternProperties: { '^n': { type: 'integer' } } }),
      open({ name: text }, { patternProperties: { '^n': { type: 'integer' } } }),
      '/properties/name',
    ],
    [
      'add a property where their number is limited',
      open({}, { maxProperties: 1 }),
      open({ a: text }, { maxProperties: 1 }),
      '/properties/a',
    ],
    [
      'change a property that is called like an annotation',
      open({ title: text }),
      open({ title: { type: 'integer' } }),
      '/properties/title/type',
    ],
  ])('but not %s', (_what, older, newer, pointer) => {
    expect(revisionBreaks(older, newer).map((each) => each.pointer)).toEqual([pointer]);
  });
});
