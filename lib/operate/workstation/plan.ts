import { type ClusterKind, clusterKinds } from '../../capacity/clusters.ts';
import { describePlan } from '../../capacity/describe.ts';
import { plan } from '../../capacity/plan.ts';
import { type PriceName, type Prices, prices } from '../../capacity/prices.ts';
import type { Workload } from '../../capacity/workload.ts';
import { nearestWord } from '../../nearest-word.ts';
import type { Command } from '../command.ts';
import { type Line, pairIn } from '../line.ts';
import { UsageError } from '../usage-error.ts';

interface PlanOptions {
  readonly workload: Workload;
  readonly prices: Prices;
}

/** Besides the data of the event, which consumers log: names, coordinates, and the line of the request. */
const LOG_LINE_BYTES = 900;
const DEFAULT_WINDOW_SECONDS = 0.5;

/** Plans what carries a number of events, on paper. */
export const planCommand: Command<PlanOptions> = {
  name: 'plan',
  summary: 'what a rate of events needs: partitions, pollers, functions, a cluster, and what a month costs',
  flags: {
    events: { value: '<number>', says: 'average events per second; 100 by default' },
    bytes: { value: '<number>', says: 'size of an event: key, value and headers; 1000 by default' },
    peak: { value: '<factor>', says: 'peak over average; 2 by default' },
    work: {
      value: '<ms>',
      says: 'time that the work waits for each event, for example for a database; 10 by default',
    },
    'batch-size': { value: '<number>', says: 'batch size of the mapping; 100 by default, as in the stack' },
    window: { value: '<seconds>', says: 'batching window; 0.5 by default' },
    partitions: { value: '<number>', says: 'partitions of the topic; by default as many as are needed' },
    retention: { value: '<hours>', says: 'retention of the topic; 168 by default' },
    outage: { value: '<minutes>', says: 'downtime of the consumer, to catch up after; 60 by default' },
    failures: {
      value: '<share>',
      says: 'share of invocations that fail and are repeated, 0 to 0.5; 0 by default',
    },
    consumers: { value: '<number>', says: 'functions that each read the whole topic; 1 by default' },
    'events-per-request': { value: '<number>', says: 'events in one request of a client; 1 by default' },
    invocation: { value: '<ms>', says: 'fixed time of an invocation, on top of its events; 5 by default' },
    publish: { value: '<ms>', says: 'time of a request in the publisher; 20 by default' },
    memory: { value: '<MB>', says: 'memory of the functions; 512 by default' },
    'log-bytes': { value: '<number>', says: 'log bytes for each event; by default its size and 900 more' },
    cluster: {
      value: '<kind>',
      says: 'kind of Amazon MSK cluster: serverless, standard or express; the cheapest by default',
    },
    idempotency: { says: 'plan for --param idempotency=dynamodb' },
    price: {
      value: '<name>=<USD>',
      says: `use another price, for example of another region: ${Object.keys(prices).join(', ')}`,
    },
  },
  notes: [
    '  npm run kafka -- plan --events 5000 --bytes 800 --work 20 --peak 3',
    '  npm run kafka -- plan --events 1000000 --events-per-request 500 --work 1 --price serverlessCluster=0.79',
  ],
  read: (line) => {
    line.noWords('plan');
    return { workload: workloadIn(line), prices: pricesIn(line) };
  },
  execute: async (options, { output }) => {
    const planned = await plan(options.workload, options.prices);
    output.result(planned, () => describePlan(planned, options.prices).join('\n'));
    return true;
  },
};

function workloadIn(line: Line): Workload {
  const bytesPerEvent = line.count('bytes') ?? 1_000;
  return {
    eventsPerSecond: decimal(line, 'events', 100, { above: 0 }),
    bytesPerEvent,
    peakFactor: decimal(line, 'peak', 2, { from: 1 }),
    workMs: decimal(line, 'work', 10, { from: 0 }),
    invocationMs: decimal(line, 'invocation', 5, { above: 0 }),
    failureRate: decimal(line, 'failures', 0, { from: 0, to: 0.5 }),
    batchSize: inRange(line.count('batch-size') ?? 100, 'batch-size', 10_000),
    batchingWindowMs: windowIn(line) * 1_000,
    partitions: line.count('partitions'),
    retentionHours: decimal(line, 'retention', 168, { above: 0 }),
    outageMinutes: decimal(line, 'outage', 60, { from: 0 }),
    consumers: line.count('consumers') ?? 1,
    eventsPerRequest: inRange(line.count('events-per-request') ?? 1, 'events-per-request', 500),
    publishMs: decimal(line, 'publish', 20, { above: 0 }),
    memoryMb: line.count('memory', 128) ?? 512,
    logBytesPerEvent: line.count('log-bytes', 0) ?? bytesPerEvent + LOG_LINE_BYTES,
    idempotency: line.has('idempotency'),
    cluster: kindIn(line),
  };
}

/** Lambda takes whole seconds; half a second is what it waits when nothing is declared. */
function windowIn(line: Line): number {
  const seconds = decimal(line, 'window', DEFAULT_WINDOW_SECONDS, { from: 0, to: 300 });
  if (seconds === DEFAULT_WINDOW_SECONDS || Number.isInteger(seconds)) return seconds;
  throw new UsageError(`--window must be 0.5 or whole seconds, not ${seconds}`);
}

function kindIn(line: Line): ClusterKind | undefined {
  const text = line.text('cluster');
  if (text === undefined) return undefined;
  const kind = clusterKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new UsageError(`--cluster must be ${clusterKinds.join(', ')}, not "${text}"`);
}

interface Range {
  readonly above?: number;
  readonly from?: number;
  readonly to?: number;
}

function decimal(line: Line, flag: string, initial: number, { above, from, to }: Range): number {
  const text = line.text(flag);
  if (text === undefined) return initial;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const fits =
    Number.isFinite(value) &&
    value >= (from ?? Number.NEGATIVE_INFINITY) &&
    value > (above ?? Number.NEGATIVE_INFINITY) &&
    value <= (to ?? Number.POSITIVE_INFINITY);
  if (fits) return value;
  const least = above === undefined ? ` from ${from}` : ` above ${above}`;
  throw new UsageError(
    `--${flag} must be a number${least}${to === undefined ? '' : ` to ${to}`}, not "${text}"`,
  );
}

function inRange(value: number, flag: string, maximum: number): number {
  if (value <= maximum) return value;
  throw new UsageError(`--${flag} must be at most ${maximum}, not ${value}`);
}

function pricesIn(line: Line): Prices {
  const changed = line.texts('price').map((text) => {
    const [name, value] = pairIn('price', '<name>=<USD>', text);
    const usd = Number(value);
    if (value === '' || !Number.isFinite(usd) || usd < 0) {
      throw new UsageError(`--price ${name} must be a price in US dollars, not "${value}"`);
    }
    if (!isPriceName(name)) {
      const names = Object.keys(prices);
      const nearest = nearestWord(name, names);
      const hint = nearest === undefined ? `there is ${names.join(', ')}` : `did you mean ${nearest}?`;
      throw new UsageError(`There is no price "${name}"; ${hint}`);
    }
    const { unit, source } = prices[name];
    return [name, { usd, unit, source }] as const;
  });
  return { ...prices, ...Object.fromEntries(changed) };
}

function isPriceName(name: string): name is PriceName {
  return Object.hasOwn(prices, name);
}
