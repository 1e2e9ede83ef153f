import {
  type ClusterChoice,
  type ClusterKind,
  type ClusterLoad,
  type CostPart,
  clusterChoice,
  clusterKinds,
  HOURS_PER_MONTH,
  SECONDS_PER_MONTH,
  totalOf,
} from './clusters.ts';
import { mappingCapacity, type Outage, outage } from './consumption.ts';
import { ACCOUNT_CONCURRENCY, API_REQUESTS_PER_SECOND } from './limits.ts';
import { costOf, type Prices } from './prices.ts';
import { FURTHER_PARTITIONS, HEADROOM, planService, type ServicePlan } from './service.ts';
import { type SimulationResult, simulate } from './simulation.ts';
import { peakOf, storedBytesOf, type Workload } from './workload.ts';

/** What it takes to carry a workload. */
export interface Plan {
  readonly workload: Workload;
  /** How many services share it, each with a topic of its own. */
  readonly services: number;
  /** Why one service is not enough; empty when it is. */
  readonly whySeveral: readonly string[];
  /** Each of them. */
  readonly service: ServicePlan;
  /** The first is the one chosen: of the kind that was asked for, or else the cheapest. */
  readonly clusters: readonly ClusterChoice[];
  /** After the consumers stood still, with what arrives on average and at the peak. */
  readonly outage: { readonly average: Outage; readonly peak: Outage };
  /** One poller's share, simulated. */
  readonly simulated: SimulatedShare;
  /** Quotas of the account that have to be raised. */
  readonly raise: readonly string[];
  /** Of all services, for a month. */
  readonly cost: readonly CostPart[];
  readonly monthlyUsd: number;
}

/** What a simulation says of one poller with its share of the partitions. */
export interface SimulatedShare {
  /** Events per second that it processes when enough wait, and what the formula says. */
  readonly capacity: number;
  readonly expectedCapacity: number;
  /** With what arrives on average. */
  readonly average: SimulationResult;
  /** With what arrives at the peak. */
  readonly peak: SimulationResult;
}

const MAX_SERVICES = 100_000;
const GB = 1e9;
const MB_PER_GB = 1_024;
/** A claim before the work, and the mark that it is done: lib/consume/idempotency-table.ts. */
const WRITES_PER_EVENT = 2;

/**
 * Plans what carries a workload: partitions, pollers, functions, clusters and what they cost, and how many services it takes
 * where one is not enough.
 *
 * @param prices - see prices.ts
 * @throws RangeError when no number of services carries it, for example because `partitions` is too small
 */
export async function plan(workload: Workload, prices: Prices): Promise<Plan> {
  const options = clusterKinds
    .map((kind) => planOn(kind, workload, prices))
    .toSorted((a, b) => rank(a, workload) - rank(b, workload));
  const [chosen] = options;
  if (chosen === undefined) throw new RangeError('There is no kind of cluster');
  const { services, service, choice } = chosen;
  const simulated = await simulateShare(part(workload, services), service);
  const cost = [...choice.cost, ...functionCosts(workload, services, service, simulated, prices)];
  const readable = Math.min(service.capacity, readableEvents(service, choice));
  return {
    workload,
    services,
    whySeveral: services === 1 ? [] : whySeveral(workload, choice),
    service,
    clusters: options.map((option) => option.choice),
    outage: {
      average: outage(workload.outageMinutes, service.eventsPerSecond, readable),
      peak: outage(workload.outageMinutes, service.peakEventsPerSecond, readable),
    },
    simulated,
    raise: quotasToRaise(workload, services, service),
    cost,
    monthlyUsd: totalOf(cost),
  };
}

/** A workload on one kind of cluster. */
interface Option {
  readonly services: number;
  readonly service: ServicePlan;
  readonly choice: ClusterChoice;
}

function planOn(kind: ClusterKind, workload: Workload, prices: Prices): Option {
  const fewest = leastServices(kind, workload);
  const choice = clusterChoice(
    kind,
    clusterLoad(workload, fewest, planService(part(workload, fewest), kind)),
    prices,
  );
  // Each cluster has as many of them.
  const services = Math.ceil(fewest / choice.clusters) * choice.clusters;
  return { services, service: planService(part(workload, services), kind), choice };
}

/** The kind that was asked for comes first, then the cheapest. */
function rank({ choice }: Option, { cluster }: Workload): number {
  return choice.kind === cluster ? Number.NEGATIVE_INFINITY : totalOf(choice.cost);
}

function part(workload: Workload, services: number): Workload {
  return { ...workload, eventsPerSecond: workload.eventsPerSecond / services };
}

function leastServices(kind: ClusterKind, workload: Workload): number {
  let [low, high] = [1, MAX_SERVICES];
  const exceeded = (services: number) => planService(part(workload, services), kind).exceeded;
  if (exceeded(high).length > 0) throw new RangeError(exceeded(high).join('; '));
  while (low < high) {
    const middle = (low + high) >> 1;
    if (exceeded(middle).length === 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function clusterLoad(workload: Workload, services: number, service: ServicePlan): ClusterLoad {
  const { eventsPerSecond, bytesPerEvent, consumers } = workload;
  const averageIngressBytes = eventsPerSecond * bytesPerEvent;
  const ingressBytes = peakOf(workload) * bytesPerEvent;
  return {
    ingressBytes,
    // Consumers that catch up read more than arrives.
    egressBytes: (ingressBytes * consumers) / (1 - HEADROOM),
    averageIngressBytes,
    averageEgressBytes: averageIngressBytes * consumers,
    partitions: services * (service.partitions + FURTHER_PARTITIONS * consumers),
    busyPartitions: services * service.partitions,
    clients: services * (service.publisherConcurrency + service.pollers * consumers),
    storedBytes: storedBytesOf(workload),
  };
}

function whySeveral(workload: Workload, chosen: ClusterChoice): string[] {
  return [
    ...planService(workload, chosen.kind).exceeded,
    ...(chosen.clusters > 1
      ? chosen.exceeded.map(({ quota, used, limit }) => `${amount(used)} ${quota}, ${amount(limit)} at most`)
      : []),
  ];
}

function amount(value: number): string {
  return Math.ceil(value).toLocaleString('en');
}

function quotasToRaise(workload: Workload, services: number, service: ServicePlan): string[] {
  const concurrency = services * (service.consumerConcurrency + service.publisherConcurrency);
  const requests = services * service.requestsPerSecond;
  return [
    ...(concurrency > ACCOUNT_CONCURRENCY
      ? [
          `AWS Lambda, concurrent executions: ${amount(concurrency)} (${amount(ACCOUNT_CONCURRENCY)} by default)`,
        ]
      : []),
    ...(requests > API_REQUESTS_PER_SECOND
      ? [
          `Amazon API Gateway, requests per second: ${amount(requests)} (${amount(API_REQUESTS_PER_SECOND)} by default)` +
            (workload.eventsPerRequest === 1 ? '; or let clients post several events at a time' : ''),
        ]
      : []),
  ];
}

/** Batches of each partition that a simulation covers, as far as the events allow. */
const SIMULATED_BATCHES = 30;
const LEAST_SIMULATED_EVENTS = 1_000;
const MAX_SIMULATED_EVENTS = 20_000;

async function simulateShare(workload: Workload, service: ServicePlan): Promise<SimulatedShare> {
  const { consumption } = service;
  const partitions = Math.ceil(consumption.partitions / service.pollers);
  const shareOf = partitions / consumption.partitions;
  const expectedCapacity = mappingCapacity({ ...consumption, partitions, pollers: 1 });
  const options = {
    ...consumption,
    partitions,
    pollers: { minimum: 1, maximum: 1 },
    batchingWindowMs: workload.batchingWindowMs,
  };
  const batches = (SIMULATED_BATCHES * (service.batchMs + workload.batchingWindowMs)) / 1_000;
  const cover = (eventsPerSecond: number): number =>
    Math.min(
      Math.max(batches, LEAST_SIMULATED_EVENTS / eventsPerSecond),
      MAX_SIMULATED_EVENTS / eventsPerSecond,
    );
  const arriving = (eventsPerSecond: number): Promise<SimulationResult> =>
    simulate({ ...options, eventsPerSecond, arrivalSeconds: cover(eventsPerSecond) });
  const seconds = cover(expectedCapacity);
  const saturated = await simulate({
    ...options,
    eventsPerSecond: 0,
    arrivalSeconds: 0,
    backlog: Math.ceil(2 * expectedCapacity * seconds),
    seconds,
    warmUpSeconds: seconds / 3,
  });
  return {
    capacity: saturated.eventsPerSecond,
    expectedCapacity,
    average: await arriving(service.eventsPerSecond * shareOf),
    peak: await arriving(service.peakEventsPerSecond * shareOf),
  };
}

/** Events per second of a service that its cluster gives to a consumer at most. */
function readableEvents(service: ServicePlan, chosen: ClusterChoice): number {
  const out = chosen.quotas.find(({ quota }) => quota.startsWith('bytes/s out'));
  if (out === undefined) return Number.POSITIVE_INFINITY;
  return (service.peakEventsPerSecond / (1 - HEADROOM)) * (out.limit / out.used);
}

function functionCosts(
  { eventsPerSecond, eventsPerRequest, publishMs, consumers, memoryMb, ...workload }: Workload,
  services: number,
  service: ServicePlan,
  { average }: SimulatedShare,
  prices: Prices,
): CostPart[] {
  const events = eventsPerSecond * SECONDS_PER_MONTH;
  const requests = events / eventsPerRequest;
  const memory = memoryMb / MB_PER_GB;
  const invocations = (events * consumers) / average.eventsPerInvocation;
  const msOfInvocation = average.invocationMs / average.invocations;
  const part = (name: string, price: keyof Prices, units: number): CostPart => ({
    name,
    usd: costOf(prices[price], units),
  });
  const units = services * consumers * service.pollerUnits;
  return [
    part(`${amount(units)} event poller unit(s)`, 'pollerUnit', units * HOURS_PER_MONTH),
    part('consumers: invocations', 'lambdaRequest', invocations),
    part('consumers: duration', 'lambdaGbSecond', ((invocations * msOfInvocation) / 1_000) * memory),
    part('API requests', 'apiRequest', requests),
    part('publishers: invocations', 'lambdaRequest', requests),
    part('publishers: duration', 'lambdaGbSecond', ((requests * publishMs) / 1_000) * memory),
    part('logs', 'logs', (events * workload.logBytesPerEvent) / GB),
    ...(workload.idempotency
      ? [part('idempotency table: writes', 'tableWrite', events * consumers * WRITES_PER_EVENT)]
      : []),
  ];
}
