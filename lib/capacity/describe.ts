import { type ClusterChoice, headroomOf, type QuotaUse, totalOf } from './clusters.ts';
import type { Outage } from './consumption.ts';
import { deploymentOf } from './deployment.ts';
import { CONCURRENCY_STEP, type Source, sources } from './limits.ts';
import type { Plan } from './plan.ts';
import { PRICES_DATE, PRICES_REGION, type Prices } from './prices.ts';
import { minimumPollers, type ServicePlan } from './service.ts';
import { peakOf, type Workload } from './workload.ts';

/**
 * Says a plan in lines for people.
 *
 * @param prices - that it was made with
 */
export function describePlan(plan: Plan, prices: Prices): string[] {
  const { workload, services, service, clusters } = plan;
  const [chosen, ...others] = clusters;
  const each = services === 1 ? '' : ' of each service';
  return [
    ...demand(workload),
    ...(services === 1 ? [] : split(plan)),
    '',
    `Consumer${each}`,
    ...consumer(workload, service),
    '',
    `Publisher${each}`,
    ...publisher(service),
    '',
    `After ${number(workload.outageMinutes)} minutes without consumer${each}`,
    `  on average      ${afterOutage(plan.outage.average)}`,
    `  at the peak     ${afterOutage(plan.outage.peak)}`,
    ...(workload.outageMinutes >= workload.retentionHours * 60
      ? ['  The outage is longer than the retention: events are lost.']
      : []),
    '',
    'Cluster',
    ...(chosen === undefined ? [] : carried(chosen)),
    ...others.map((other) => `  not ${other.name}: ${whyNot(other, chosen)}`),
    '',
    ...(plan.raise.length === 0 ? [] : ['Quotas to raise', ...plan.raise.map((quota) => `  ${quota}`), '']),
    'Simulation of one poller with its share of the partitions',
    ...simulation(plan),
    '',
    `Cost of a month${services === 1 ? '' : ` of all ${number(services)} services`}: ${usd(plan.monthlyUsd)}`,
    ...plan.cost
      .filter((part) => part.usd >= 0.005)
      .map((part) => `  ${part.name.padEnd(32)}${usd(part.usd).padStart(14)}`),
    `  List prices of ${PRICES_REGION}, ${PRICES_DATE}, but for --price; without free tiers, alarms, traces and the internet.`,
    '',
    'Sources',
    ...citations(plan, prices).map(({ title, url }) => `  ${title}: ${url}`),
    '',
    ...deployment(plan),
  ];
}

function demand(workload: Workload): string[] {
  const { eventsPerSecond, bytesPerEvent, consumers } = workload;
  const peak = peakOf(workload);
  return [
    `${number(eventsPerSecond)} events/s on average, ${number(peak)} at the peak, ${number(bytesPerEvent)} bytes each:`,
    `${megabytes(peak * bytesPerEvent)} in and ${megabytes(peak * bytesPerEvent * consumers)} out at the peak`,
  ];
}

function split({ services, service, whySeveral, clusters }: Plan): string[] {
  const [chosen] = clusters;
  const perCluster = Math.ceil(services / (chosen?.clusters ?? 1));
  return [
    '',
    `One service is not enough: ${whySeveral.join('; ')}.`,
    `Split it into ${number(services)} services with ${number(service.eventsPerSecond)} events/s each, ${number(service.peakEventsPerSecond)} at the peak:`,
    '  give each its own topic, by event type (its topic in the catalogue) or by a hash of the partition key',
    `  that clients take the URL by, so that a key stays with one service; ${number(perCluster)} of them share a cluster`,
    `  (${number(chosen?.clusters ?? 1)} in all), told apart by topicPrefix.`,
  ];
}

function consumer(workload: Workload, service: ServicePlan): string[] {
  const { partitions, pollers, pollerUnits, capacity, consumerConcurrency } = service;
  return [
    `  partitions      ${number(partitions)}, of ${number(service.partitionCapacity)} events/s each: batches of ${number(service.eventsPerBatch)} in ${number(service.batchMs)} ms`,
    `  pollers         ${number(minimumPollers(service))} to ${number(partitions)}; ${number(pollers)} at the peak, ${number(pollerUnits)} event poller unit(s)${workload.consumers > 1 ? ` for each of ${workload.consumers} consumers` : ''}`,
    `  capacity        ${number(capacity)} events/s, so ${percent(service.headroom)} headroom at the peak`,
    `  concurrency     ${number(consumerConcurrency)} at the peak${consumerConcurrency > CONCURRENCY_STEP ? `; Lambda adds ${number(CONCURRENCY_STEP)} in 10 s` : ''}`,
  ];
}

function publisher(service: ServicePlan): string[] {
  const { publisherConcurrency, requestsPerSecond } = service;
  return [
    `  requests        ${number(requestsPerSecond)} a second at the peak`,
    `  concurrency     ${number(publisherConcurrency)}, each with a connection to each broker`,
  ];
}

function afterOutage({ lag, catchUpSeconds }: Outage): string {
  const events = `${number(lag)} events wait`;
  return Number.isFinite(catchUpSeconds)
    ? `${events}, processed in ${duration(catchUpSeconds)}`
    : `${events}, and stay: the consumer processes no more than arrives`;
}

function carried(choice: ClusterChoice): string[] {
  const { name, clusters, brokers, quotas, cost } = choice;
  const of =
    brokers === undefined ? '' : `, ${brokers.count} × ${brokers.size}${clusters > 1 ? ' each' : ''}`;
  return [
    `  ${clusters > 1 ? `${number(clusters)} × ` : ''}${name}${of}: ${usd(totalOf(cost))} a month`,
    ...quotas.map((quota) => `    ${percent(headroomOf(quota))} free: ${quotaUse(quota)}`),
  ];
}

function whyNot(other: ClusterChoice, chosen: ClusterChoice | undefined): string {
  const difference = totalOf(other.cost) - totalOf(chosen?.cost ?? []);
  const more = `${usd(Math.abs(difference))} a month ${difference < 0 ? 'less' : 'more'}`;
  if (other.exceeded.length > 0) {
    const exceeded = other.exceeded.map(quotaUse).join('; ');
    return `one cluster does not carry it (${exceeded}); ${number(other.clusters)} do for ${more}`;
  }
  const of = other.brokers === undefined ? '' : ` with ${other.brokers.count} × ${other.brokers.size}`;
  return `carries it${of} for ${more}`;
}

function quotaUse({ quota, used, limit }: QuotaUse): string {
  const value = quota.startsWith('bytes') ? megabytesOf : number;
  return `${value(used)} of ${value(limit)} ${quota.replace(/^bytes/, 'MB')}`;
}

function simulation({ simulated }: Plan): string[] {
  const { capacity, expectedCapacity, average, peak } = simulated;
  const of = ({ eventsPerInvocation, latency }: typeof peak): string =>
    `${number(eventsPerInvocation)} events in an invocation, done ${number(latency.median)} ms (median) and ${number(latency.p99)} ms (p99) after they arrive`;
  return [
    `  capacity        ${number(capacity)} events/s; the formula says ${number(expectedCapacity)}`,
    `  on average      ${of(average)}`,
    `  at the peak     ${of(peak)}`,
  ];
}

function citations(plan: Plan, prices: Prices): Source[] {
  const [chosen] = plan.clusters;
  const all: Source[] = [
    sources.pollers,
    ...plan.clusters.flatMap(({ quotas, exceeded }) => [...quotas, ...exceeded].map(({ source }) => source)),
    ...(plan.raise.length > 0 ? [sources.lambda, sources.scaling, sources.api] : []),
    ...(chosen === undefined ? [] : Object.values(prices).map(({ source }) => source)),
  ];
  return [...new Map(all.map((source) => [source.url, source])).values()];
}

function deployment(plan: Plan): string[] {
  const { configuration, parameters } = deploymentOf(plan);
  const [chosen] = plan.clusters;
  const flags = Object.entries(parameters).map(([name, value]) => `  --param ${name}=${value}`);
  return [
    ...(configuration.length > 0
      ? ['In serverless.yml', ...configuration.map((line) => `  ${line}`), '']
      : []),
    ...(parameters.cluster === 'existing' && chosen !== undefined
      ? [
          `The stack creates MSK Serverless only, for one service each: create this cluster first, with IAM`,
          '',
        ]
      : []),
    `npx serverless deploy --stage prod \\`,
    ...flags.map((flag, index) => (index === flags.length - 1 ? flag : `${flag} \\`)),
  ];
}

function number(value: number): string {
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 1 ? 1 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function megabytesOf(bytes: number): string {
  return number(bytes / 1e6);
}

function megabytes(bytes: number): string {
  return `${megabytesOf(bytes)} MB/s`;
}

function usd(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 2;
  return `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} USD`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${number(Math.ceil(seconds))} s`;
  return seconds < 7_200 ? `${number(Math.ceil(seconds / 60))} minutes` : `${number(seconds / 3_600)} hours`;
}
