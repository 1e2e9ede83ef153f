import {
  BROKER_CONNECTIONS,
  BROKER_STORAGE_BYTES,
  type BrokerSize,
  EXPRESS_PARTITION_INGRESS_BYTES,
  expressSizes,
  MAX_BROKERS,
  REPLICATION_FACTOR,
  type Source,
  serverless,
  sources,
  standardSizes,
  ZONES,
} from './limits.ts';
import { costOf, type Prices } from './prices.ts';

/** What clusters have to carry, all together. */
export interface ClusterLoad {
  /** At the peak. */
  readonly ingressBytes: number;
  readonly egressBytes: number;
  /** On average. */
  readonly averageIngressBytes: number;
  readonly averageEgressBytes: number;
  /** Of all topics. */
  readonly partitions: number;
  /** That take most of the events. */
  readonly busyPartitions: number;
  /** Producers and consumers; each connects to every broker. */
  readonly clients: number;
  /** One copy of what is retained. */
  readonly storedBytes: number;
}

export const clusterKinds = ['serverless', 'standard', 'express'] as const;
export type ClusterKind = (typeof clusterKinds)[number];

/** How much of a quota is used. */
export interface QuotaUse {
  readonly quota: string;
  readonly used: number;
  readonly limit: number;
  readonly source: Source;
  /** Share of the limit that is to be used at most: brokers of two zones carry the load when the third is down. */
  readonly usable?: number;
}

/** Clusters of a kind that carry a load. */
export interface ClusterChoice {
  readonly kind: ClusterKind;
  readonly name: string;
  /** That the load is spread over. */
  readonly clusters: number;
  /** Of each cluster; undefined for MSK Serverless. */
  readonly brokers: { readonly size: string; readonly count: number } | undefined;
  /** Of each cluster. */
  readonly quotas: readonly QuotaUse[];
  /** Quotas that one cluster of the kind would exceed, at its largest. */
  readonly exceeded: readonly QuotaUse[];
  readonly cost: readonly CostPart[];
}

/** A part of what a month costs. */
export interface CostPart {
  readonly name: string;
  readonly usd: number;
}

/** Whether a quota is used as far as it may be, and no further. */
export function isWithin({ used, limit, usable = 1 }: QuotaUse): boolean {
  return used <= limit * usable;
}

export const HOURS_PER_MONTH = 730;
export const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3_600;
const GB = 1e9;
/** Connections of a client to MSK Serverless: a bootstrap broker, and the leaders in three zones. */
const SERVERLESS_CONNECTIONS_PER_CLIENT = 4;
/** Disks are not to be fuller: alarms and growth. Amazon MSK Developer Guide, "Best practices for Standard brokers". */
const DISK_USE = 0.85;
/** Of clients and brokers that are spread evenly over three zones, two in three are in different ones. */
const OTHER_ZONE = 2 / 3;
/** Brokers that are left when a zone is down. */
const ZONES_LEFT = (ZONES - 1) / ZONES;
const MAX_CLUSTERS = 10_000;

const kindNames = {
  serverless: 'MSK Serverless',
  standard: 'MSK Standard brokers',
  express: 'MSK Express brokers',
} as const satisfies Record<ClusterKind, string>;

export function totalOf(parts: readonly CostPart[]): number {
  return parts.reduce((sum, { usd }) => sum + usd, 0);
}

/** How much of a quota is left, 0 to 1. */
export function headroomOf({ used, limit }: QuotaUse): number {
  return 1 - used / limit;
}

/**
 * The cheapest clusters of a kind that carry a load, as few as can be.
 *
 * @throws RangeError when no number of them does
 */
export function clusterChoice(kind: ClusterKind, load: ClusterLoad, prices: Prices): ClusterChoice {
  const exceeded = largest(kind, load).filter((quota) => !isWithin(quota));
  for (let clusters = 1; clusters <= MAX_CLUSTERS; clusters++) {
    const [best] = configurations(kind, share(load, clusters))
      .filter(({ quotas }) => quotas.every(isWithin))
      .map((found) => ({ ...found, cost: cost(kind, load, { ...found, clusters }, prices) }))
      .toSorted((a, b) => totalOf(a.cost) - totalOf(b.cost));
    if (best !== undefined) return { kind, name: kindNames[kind], clusters, exceeded, ...best };
  }
  throw new RangeError(`No ${MAX_CLUSTERS} clusters carry this`);
}

function share(load: ClusterLoad, clusters: number): ClusterLoad {
  const parts = Object.entries(load).map(([name, total]) => [name, total / clusters]);
  return Object.fromEntries(parts) as Record<keyof ClusterLoad, number>;
}

interface Configuration {
  readonly brokers: ClusterChoice['brokers'];
  readonly quotas: readonly QuotaUse[];
}

function largest(kind: ClusterKind, load: ClusterLoad): readonly QuotaUse[] {
  return configurations(kind, load).at(-1)?.quotas ?? [];
}

/** From small to large. */
function configurations(kind: ClusterKind, load: ClusterLoad): Configuration[] {
  if (kind === 'serverless') return [{ brokers: undefined, quotas: serverlessQuotas(load) }];
  return (kind === 'standard' ? standardSizes : expressSizes).flatMap((size) =>
    Array.from({ length: MAX_BROKERS / ZONES }, (_, index) => {
      const count = (index + 1) * ZONES;
      return { brokers: { size: size.name, count }, quotas: brokerQuotas(kind, size, count, load) };
    }),
  );
}

function serverlessQuotas(load: ClusterLoad): QuotaUse[] {
  const source = sources.serverless;
  return [
    { quota: 'bytes/s in', used: load.ingressBytes, limit: serverless.ingressBytes, source },
    { quota: 'bytes/s out', used: load.egressBytes, limit: serverless.egressBytes, source },
    { quota: 'partitions', used: load.partitions, limit: serverless.partitions, source },
    {
      quota: 'bytes/s in for a partition',
      used: load.ingressBytes / load.busyPartitions,
      limit: serverless.partitionIngressBytes,
      source,
    },
    {
      quota: 'bytes stored for a partition',
      used: load.storedBytes / load.busyPartitions,
      limit: serverless.partitionStorageBytes,
      source,
    },
    {
      quota: 'connections',
      used: load.clients * SERVERLESS_CONNECTIONS_PER_CLIENT,
      limit: serverless.connections,
      source,
    },
  ];
}

function brokerQuotas(
  kind: 'standard' | 'express',
  { ingressBytes, egressBytes, partitions }: BrokerSize,
  count: number,
  load: ClusterLoad,
): QuotaUse[] {
  const source = sources[kind];
  const isStandard = kind === 'standard';
  const throughput = isStandard ? sources.standardThroughput : source;
  return [
    {
      quota: 'bytes/s in for a broker',
      used: load.ingressBytes / count,
      limit: ingressBytes,
      source: throughput,
      usable: ZONES_LEFT,
    },
    {
      quota: 'bytes/s out for a broker',
      used: load.egressBytes / count,
      limit: egressBytes,
      source: throughput,
      usable: ZONES_LEFT,
    },
    {
      quota: 'partitions with replicas for a broker',
      used: (load.partitions * REPLICATION_FACTOR) / count,
      limit: partitions,
      source: isStandard ? sources.standardPartitions : source,
    },
    {
      // To every broker, and once more to one of them to learn which there are.
      quota: 'connections for a broker',
      used: load.clients * (1 + 1 / count),
      limit: BROKER_CONNECTIONS,
      source,
    },
    isStandard
      ? {
          quota: 'bytes stored by a broker',
          used: (load.storedBytes * REPLICATION_FACTOR) / count,
          limit: BROKER_STORAGE_BYTES * DISK_USE,
          source,
        }
      : {
          quota: 'bytes/s in for a partition',
          used: load.ingressBytes / load.busyPartitions,
          limit: EXPRESS_PARTITION_INGRESS_BYTES,
          source,
        },
  ];
}

function cost(
  kind: ClusterKind,
  load: ClusterLoad,
  { brokers, clusters }: Pick<ClusterChoice, 'brokers' | 'clusters'>,
  prices: Prices,
): CostPart[] {
  const written = (load.averageIngressBytes * SECONDS_PER_MONTH) / GB;
  const read = (load.averageEgressBytes * SECONDS_PER_MONTH) / GB;
  const stored = load.storedBytes / GB;
  const part = (name: string, price: keyof Prices, units: number): CostPart => ({
    name,
    usd: costOf(prices[price], units),
  });
  if (kind === 'serverless' || brokers === undefined) {
    return [
      part(
        `${kindNames.serverless}: ${clusters} cluster(s)`,
        'serverlessCluster',
        clusters * HOURS_PER_MONTH,
      ),
      part(`${load.partitions} partitions`, 'serverlessPartition', load.partitions * HOURS_PER_MONTH),
      part('written', 'serverlessIn', written),
      part('read', 'serverlessOut', read),
      part('stored', 'serverlessStorage', stored),
    ];
  }
  const count = clusters * brokers.count;
  const larges = count * largesIn(brokers.size) * HOURS_PER_MONTH;
  const zones = part('between availability zones', 'betweenZones', 2 * OTHER_ZONE * (written + read));
  const ofBrokers = `${count} × ${brokers.size}`;
  if (kind === 'standard') {
    return [
      part(ofBrokers, 'standardLarge', larges),
      part('stored, three copies', 'standardStorage', (stored * REPLICATION_FACTOR) / DISK_USE),
      zones,
    ];
  }
  return [
    part(ofBrokers, 'expressLarge', larges),
    part('written', 'expressIn', written),
    part('stored', 'expressStorage', stored),
    zones,
  ];
}

/** How many times the smallest size a size is: `4xlarge` has as many cores as eight `large`. */
function largesIn(size: string): number {
  const times = /\.(\d*)xlarge$/.exec(size)?.[1];
  return times === undefined ? 1 : 2 * Number(times || 1);
}
