import { isUtf8 } from 'node:buffer';
import { isJsonObject } from '../../json.ts';
import { TOMBSTONES_PASS_FILTERS } from './choices.ts';

/** Says whether a record value passes the filters of a mapping. */
export type ValueFilter = (value: Buffer | null) => boolean;

/**
 * Compiles the filter patterns of a mapping; a record passes when one of them matches its value. A value that is not of
 * the kind that a pattern is made for, JSON or plain text, passes it, as do values that are not UTF-8 and tombstones:
 * there is nothing to filter by.
 *
 * @param patterns - event patterns on `value`; none of them lets everything pass
 * @throws Error that names the pattern and what is wrong with it
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html Lambda Developer Guide, "Filtering events from Amazon MSK and self-managed Apache Kafka event sources"}
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html Lambda Developer Guide, "Control which events Lambda sends to your function"}
 */
export function compileValueFilter(patterns: readonly unknown[]): ValueFilter {
  const matchers = patterns.map((pattern, index) => compileTop(pattern, `filterPatterns[${index}]`));
  if (matchers.length === 0) return () => true;
  return (value) => {
    if (value === null) return TOMBSTONES_PASS_FILTERS;
    if (!isUtf8(value)) return true;
    const parsed = parseValue(value.toString('utf8'));
    return matchers.some((matches) => matches(parsed));
  };
}

/** A value as filters see it: JSON means an object or a list, anything else is plain text. */
type RecordValue = { readonly text: string } | { readonly json: unknown };
type Matcher<T> = (value: T) => boolean;

/** Stands for "there is no such field". */
const ABSENT = Symbol('absent');

/** A number of the record with the digits it is written in: 300 and 3.0e2 are not equal to a filter. */
class WrittenNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const NUMBER_KEY = '\u0000number';
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function parseValue(text: string): RecordValue {
  if (!/^\s*[{[]/.test(text)) return { text };
  try {
    JSON.parse(text);
  } catch {
    return { text };
  }
  const tagged = text.replace(stringOrNumber, (token) =>
    token.startsWith('"') ? token : JSON.stringify({ [NUMBER_KEY]: token }),
  );
  const json: unknown = JSON.parse(tagged, (_, value: unknown) =>
    isJsonObject(value) && typeof value[NUMBER_KEY] === 'string'
      ? new WrittenNumber(value[NUMBER_KEY])
      : value,
  );
  return { json };
}

function compileTop(pattern: unknown, at: string): Matcher<RecordValue> {
  if (!isJsonObject(pattern)) throw new Error(`${at} must be an object`);
  const matchers = Object.entries(pattern).map(([field, inner]): Matcher<RecordValue> => {
    if (field === '$or')
      return any(alternatives(inner, at).map((one, index) => compileTop(one, `${at}.$or[${index}]`)));
    if (field !== 'value') throw new Error(`${at}.${field}: Kafka records can be filtered by value only`);
    return compileValue(inner, `${at}.value`);
  });
  return all(matchers);
}

function compileValue(pattern: unknown, at: string): Matcher<RecordValue> {
  if (Array.isArray(pattern)) {
    const matches = compileLeaf(pattern, at);
    return (value) => ('text' in value ? matches(value.text) : true);
  }
  const matches = compileNode(pattern, at);
  return (value) => ('json' in value ? matches(value.json) : true);
}

function compileNode(pattern: unknown, at: string): Matcher<unknown> {
  if (Array.isArray(pattern)) return compileLeaf(pattern, at);
  if (!isJsonObject(pattern)) throw new Error(`${at} must be a list of values or an object`);
  const matchers = Object.entries(pattern).map(([field, inner]): Matcher<unknown> => {
    if (field === '$or')
      return any(alternatives(inner, at).map((one, index) => compileNode(one, `${at}.$or[${index}]`)));
    const matches = compileNode(inner, `${at}.${field}`);
    return (value) => matches(isRecord(value) && Object.hasOwn(value, field) ? value[field] : ABSENT);
  });
  const matchesAll = all(matchers);
  // Fields of a list of objects must match within one of them.
  return (value) => (Array.isArray(value) ? value.some(matchesAll) : matchesAll(value));
}

/** A list of values and comparisons, one of which must hold for the field or for one element of it. */
function compileLeaf(pattern: readonly unknown[], at: string): Matcher<unknown> {
  if (pattern.length === 0) throw new Error(`${at} must not be empty`);
  const matches = any(pattern.map((rule, index) => compileRule(rule, `${at}[${index}]`)));
  return (value) => {
    if (!Array.isArray(value)) return matches(value);
    return value.length === 0 ? matches(ABSENT) : value.some(matches);
  };
}

function compileRule(rule: unknown, at: string): Matcher<unknown> {
  if (!isJsonObject(rule)) return equals(rule, at);
  const [operator, ...others] = Object.keys(rule);
  if (operator === undefined || others.length > 0) throw new Error(`${at} must have exactly one operator`);
  const operand = rule[operator];
  switch (operator) {
    case 'exists':
      if (typeof operand !== 'boolean') throw new Error(`${at}.exists must be true or false`);
      return (value) => isLeaf(value) === operand;
    case 'numeric':
      return numeric(operand, `${at}.numeric`);
    case 'anything-but':
      return anythingBut(operand, `${at}.anything-but`);
    default:
      return text(operator, operand, at);
  }
}

function equals(expected: unknown, at: string): Matcher<unknown> {
  if (typeof expected === 'number') {
    const written = String(expected);
    return (value) => value instanceof WrittenNumber && value.text === written;
  }
  if (expected !== null && typeof expected !== 'string' && typeof expected !== 'boolean') {
    throw new Error(`${at} must be a text, number, true, false, null or an operator`);
  }
  return (value) => value === expected;
}

function text(operator: string, operand: unknown, at: string): Matcher<unknown> {
  const ignoresCase = isJsonObject(operand) && operator !== 'equals-ignore-case';
  const expected = ignoresCase ? operand['equals-ignore-case'] : operand;
  if (!['prefix', 'suffix', 'equals-ignore-case'].includes(operator)) {
    throw new Error(`${at} has the operator "${operator}", which event source mappings do not have`);
  }
  if (typeof expected !== 'string') throw new Error(`${at}.${operator} must be a text`);
  const fold = (value: string): string =>
    ignoresCase || operator === 'equals-ignore-case' ? value.toLowerCase() : value;
  const folded = fold(expected);
  return (value) => {
    if (typeof value !== 'string') return false;
    if (operator === 'prefix') return fold(value).startsWith(folded);
    if (operator === 'suffix') return fold(value).endsWith(folded);
    return fold(value) === folded;
  };
}

function anythingBut(operand: unknown, at: string): Matcher<unknown> {
  const rules = Array.isArray(operand) ? operand : [operand];
  const matches = any(rules.map((rule) => compileRule(rule, at)));
  return (value) => isLeaf(value) && !matches(value);
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numeric(operand: unknown, at: string): Matcher<unknown> {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) {
    throw new Error(`${at} must be pairs of a comparison and a number`);
  }
  const bounds = Array.from({ length: operand.length / 2 }, (_, index) => {
    const [comparison, bound]: unknown[] = operand.slice(2 * index, 2 * index + 2);
    const compare = typeof comparison === 'string' ? comparisons[comparison] : undefined;
    if (compare === undefined || typeof bound !== 'number') {
      throw new Error(`${at} must be pairs of =, <, <=, > or >= and a number`);
    }
    return (value: number) => compare(value, bound);
  });
  return (value) => value instanceof WrittenNumber && bounds.every((holds) => holds(Number(value.text)));
}

function alternatives(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length < 2)
    throw new Error(`${at}.$or must be a list of two patterns or more`);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value) && !(value instanceof WrittenNumber);
}

/** There is such a field, and it is not an object that holds further fields. */
function isLeaf(value: unknown): boolean {
  return value !== ABSENT && !isRecord(value);
}

function all<T>(matchers: readonly Matcher<T>[]): Matcher<T> {
  return (value) => matchers.every((matches) => matches(value));
}

function any<T>(matchers: readonly Matcher<T>[]): Matcher<T> {
  return (value) => matchers.some((matches) => matches(value));
}
