import { isJsonObject } from '../../json.ts';
import { oneLine } from '../../unprintable.ts';

/** Most characters that are shown of one field. */
const MAX_FIELD_LENGTH = 160;
/** Most characters that are shown of a message or a reason: they say what to do at their end. */
const MAX_TEXT_LENGTH = 1_000;
/** A repeated failure is shown the first, second, fourth, eighth time and so on, and then every so many times. */
const MAX_FOLD = 64;

/** What the run says when a change does not build. It follows a change by hand, so it is shown each time. */
export const BUILD_FAILED = 'the build failed, the functions are unchanged';

/** Frames of a stack that a reader of the service's own code skips: Node.js, packages, and the folders of the framework. */
const FRAMEWORK_FRAME =
  /node:|[\\/]node_modules[\\/]|[\\/(\s]lib[\\/](?:[\w.-]+\.ts|(?:build|capacity|client|consume|contract|http|kafka|local|mapping|operate|provision|stack|testing|schema(?![\\/]event-types))[\\/])/;

const ESCAPE = '\u001b[';
const colours: Readonly<Record<string, string>> = {
  debug: '90',
  info: '36',
  warn: '33',
  error: '31',
};

/** Fields in which two lines of the same failure differ. */
const passingFields = ['timestamp', 'attempt', 'attempts', 'nextAttemptInMs'];
/** Fields in which two deliveries of the same record or batch differ. */
const deliveryFields = [...passingFields, 'requestId', 'error', 'reason'];
/** Fields that a readable line leaves out, or shows elsewhere. */
const hiddenFields = ['level', 'timestamp', 'message', 'requestId', 'correlationId', 'traceparent'];
/** Fields with their own place in a line. */
const placedFields = [
  'event',
  'type',
  'id',
  'topic',
  'partition',
  'offset',
  'attempt',
  'nextAttemptInMs',
  'error',
  'reason',
  'trace',
];

type Line = Readonly<Record<string, unknown>>;

/**
 * Turns JSON log lines into readable lines: time, level, message, then type, topic/partition@offset and id of the event, then
 * the rest. Repeated failures are folded. Other text is passed on, with the characters that a terminal would act on made
 * visible.
 *
 * @param write - receives whole lines
 * @returns to be called with text of one or several whole lines
 */
export function createTerminalLog(write: (text: string) => void): (text: string) => void {
  const repeated = new Map<string, number>();
  return (text) => {
    for (const each of text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined)) {
      if (isMappingProblem(each)) continue;
      const line = parsed(each);
      if (line === undefined) write(`${printable(each)}\n`);
      else if (isShown(line, repeated)) write(`${describe(line, repeated)}\n`);
    }
  };
}

/** Makes characters visible that a terminal would act on. */
function printable(text: string): string {
  return oneLine(text.replaceAll('\t', '  '));
}

/** A problem in the system log of a mapping: the run reports it separately. */
function isMappingProblem(text: string): boolean {
  return text.startsWith('{"eventType":"ESM_PROCESSING_EVENT"');
}

function parsed(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const line: unknown = JSON.parse(text);
    return isJsonObject(line) && typeof line.message === 'string' ? line : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a failure is shown: the first of its kind, then fewer and fewer. */
function isShown(line: Line, repeated: Map<string, number>): boolean {
  if (line.level !== 'warn' && line.level !== 'error') return true;
  if (line.message === BUILD_FAILED) return true;
  const key = foldingKey(line);
  const count = (repeated.get(key) ?? 0) + 1;
  repeated.set(key, count);
  return count === 1 || count % MAX_FOLD === 0 || Number.isInteger(Math.log2(count));
}

/** Lines that say the same are one, and with them those of a record or batch that was delivered again. */
function foldingKey(line: Line): string {
  const isDelivery = line.offset !== undefined || line.records !== undefined;
  const passing = isDelivery ? deliveryFields : passingFields;
  return JSON.stringify(Object.entries(line).filter(([field]) => !passing.includes(field)));
}

function describe(line: Line, repeated: ReadonlyMap<string, number>): string {
  const level = String(line.level ?? 'info');
  const event = isJsonObject(line.event) ? line.event : line;
  const failure = isJsonObject(line.error) ? line.error : undefined;
  const count = repeated.get(foldingKey(line)) ?? 1;
  const parts = [
    coloured('90', timeOf(line.timestamp)),
    coloured(colours[level] ?? '36', level.toUpperCase().padEnd(5)),
    textOf(line.message),
    coloured('1', event.type),
    placeOf(line),
    event.id,
    attemptOf(line),
    textOf(line.reason ?? failure?.message ?? (typeof line.error === 'string' ? line.error : undefined)),
    ...restOf(line, event),
    count > 1 && line.attempt === undefined ? `(${count} times)` : undefined,
  ];
  const shown = parts.filter((part) => part !== undefined && part !== '').map((part) => paint(part));
  return [shown.join('  '), ...stackOf(line, failure)].join('\n');
}

/** A part that is already printable, and must not be escaped again. */
class Painted {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function coloured(colour: string, text: unknown): Painted | undefined {
  return text === undefined
    ? undefined
    : new Painted(`${ESCAPE}${colour}m${printable(String(text))}${ESCAPE}0m`);
}

function textOf(text: unknown): Painted | undefined {
  return text === undefined ? undefined : new Painted(printable(short(text, MAX_TEXT_LENGTH)));
}

function paint(part: unknown): string {
  return part instanceof Painted ? part.text : printable(short(part));
}

function timeOf(timestamp: unknown): string {
  const time = new Date(typeof timestamp === 'string' ? timestamp : Date.now());
  return Number.isNaN(time.getTime()) ? '' : time.toTimeString().slice(0, 8);
}

function placeOf({ topic, partition, offset }: Line): string | undefined {
  if (topic === undefined) return undefined;
  if (partition === undefined) return String(topic);
  return `${topic}/${partition}${offset === undefined ? '' : `@${offset}`}`;
}

/** For example `attempt 9, next in 10 s`. */
function attemptOf({ attempt, nextAttemptInMs }: Line): string | undefined {
  if (attempt === undefined) return undefined;
  const next = typeof nextAttemptInMs === 'number' ? `next in ${nextAttemptInMs / 1_000} s` : 'the last';
  return `attempt ${attempt}, ${next}`;
}

function restOf(line: Line, event: Line): string[] {
  const { data, subject, source, key } = { ...line, ...event };
  const others = Object.entries(line).filter(
    ([name]) => !hiddenFields.includes(name) && !placedFields.includes(name) && name !== 'key',
  );
  const fields = [
    ['key', line.key ?? key],
    ['subject', event === line ? undefined : subject],
    ['source', event === line ? source : undefined],
    ['data', event === line ? undefined : data],
    ...others.filter(([name]) => !['data', 'source'].includes(name)),
  ] as const;
  return fields.flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [`${name}=${short(value)}`],
  );
}

function stackOf(line: Line, failure: Line | undefined): string[] {
  const stack = failure?.stack ?? (Array.isArray(line.trace) ? line.trace.join('\n') : undefined);
  if (typeof stack !== 'string') return [];
  const frames = stack
    .split('\n')
    .map((frame) => frame.trim())
    .filter((frame) => frame.startsWith('at '));
  const own = frames.filter((frame) => !FRAMEWORK_FRAME.test(frame));
  const others = frames.length - own.length;
  const folded = others === 0 ? [] : [`… ${others} framework frame${others === 1 ? '' : 's'}`];
  return [...own, ...folded].map((frame) => coloured('90', `    ${frame}`)?.text ?? '');
}

function short(value: unknown, limit = MAX_FIELD_LENGTH): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
