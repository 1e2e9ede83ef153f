// What AWS documents of the services that carry events, with the page of each figure. Read in November 2026. Quotas that
// can be raised say so.

/** Where a figure comes from. */
export interface Source {
  readonly title: string;
  readonly url: string;
}

export const sources = {
  pollers: {
    title: 'AWS Lambda Developer Guide, "Apache Kafka event poller scaling modes"',
    url: 'https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html',
  },
  lambda: {
    title: 'AWS Lambda Developer Guide, "Lambda quotas"',
    url: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  },
  scaling: {
    title: 'AWS Lambda Developer Guide, "Lambda scaling behavior"',
    url: 'https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html',
  },
  api: {
    title: 'Amazon API Gateway Developer Guide, "Amazon API Gateway quotas"',
    url: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
  },
  serverless: {
    title: 'Amazon MSK Developer Guide, "Amazon MSK quota", "MSK Serverless quota"',
    url: 'https://docs.aws.amazon.com/msk/latest/developerguide/limits.html#serverless-quota',
  },
  standard: {
    title: 'Amazon MSK Developer Guide, "Amazon MSK quota", "Standard broker quota"',
    url: 'https://docs.aws.amazon.com/msk/latest/developerguide/limits.html#msk-provisioned-quota',
  },
  standardPartitions: {
    title: 'Amazon MSK Developer Guide, "Best practices for Standard brokers"',
    url: 'https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html',
  },
  standardThroughput: {
    title: 'AWS Labs, aws-msk-mcp-server, cluster best practices: recommended throughput of a broker',
    url: 'https://github.com/awslabs/mcp/tree/main/src/aws-msk-mcp-server',
  },
  express: {
    title: 'Amazon MSK Developer Guide, "Amazon MSK quota", "Express broker quota"',
    url: 'https://docs.aws.amazon.com/msk/latest/developerguide/limits.html#msk-express-quota',
  },
} as const satisfies Record<string, Source>;

const MB = 1_000_000;
const GIB = 1_073_741_824;

/** Source: pollers. */
export const POLLER_BYTES_PER_SECOND = 5 * MB;
export const UNIT_BYTES_PER_SECOND = 20 * MB;
export const MAX_MINIMUM_POLLERS = 200;
export const MAX_POLLERS = 2_000;

/** Of an account in a region; can be raised to tens of thousands. Source: lambda. */
export const ACCOUNT_CONCURRENCY = 1_000;
/** Of a function, each 10 s. Source: scaling. */
export const CONCURRENCY_STEP = 1_000;
/** Of an account in a region, over all APIs; can be raised. Source: api. */
export const API_REQUESTS_PER_SECOND = 10_000;

/** Of one MSK Serverless cluster. Source: serverless. */
export const serverless = {
  ingressBytes: 200 * MB,
  egressBytes: 400 * MB,
  partitions: 2_400,
  partitionIngressBytes: 5 * MB,
  connections: 3_000,
  partitionStorageBytes: 250 * GIB,
} as const;

/** Of one broker with IAM, Standard and Express. Sources: standard, express. */
export const BROKER_CONNECTIONS = 3_000;
/** Of a cluster with KRaft, 90 in an account; both can be raised. Sources: standard, express. */
export const MAX_BROKERS = 60;
/** Source: express. */
export const EXPRESS_PARTITION_INGRESS_BYTES = 15 * MB;
/** Source: standard. */
export const BROKER_STORAGE_BYTES = 16_384 * GIB;
/** Copies of a partition; Express has always three. */
export const REPLICATION_FACTOR = 3;
/** A cluster has as many brokers in each of its availability zones. */
export const ZONES = 3;

/** What one broker of a size carries: recommended (Standard) or sustained (Express) throughput, and partitions with replicas. */
export interface BrokerSize {
  readonly name: string;
  readonly ingressBytes: number;
  readonly egressBytes: number;
  readonly partitions: number;
}

function size(name: string, ingressMb: number, egressMb: number, partitions: number): BrokerSize {
  return { name, ingressBytes: ingressMb * MB, egressBytes: egressMb * MB, partitions };
}

/** Sources: standardThroughput, standardPartitions. */
export const standardSizes: readonly BrokerSize[] = [
  size('kafka.m7g.large', 4.8, 9.6, 1_000),
  size('kafka.m7g.xlarge', 9.6, 19.2, 1_000),
  size('kafka.m7g.2xlarge', 19.2, 38.4, 2_000),
  size('kafka.m7g.4xlarge', 38.4, 76.8, 4_000),
  size('kafka.m7g.8xlarge', 76.9, 153.8, 4_000),
  size('kafka.m7g.12xlarge', 115.4, 230.8, 4_000),
  size('kafka.m7g.16xlarge', 153.8, 307.7, 4_000),
];

/** Source: express. */
export const expressSizes: readonly BrokerSize[] = [
  size('express.m7g.large', 15.6, 31.2, 1_000),
  size('express.m7g.xlarge', 31.2, 62.5, 1_000),
  size('express.m7g.2xlarge', 62.5, 125, 2_500),
  size('express.m7g.4xlarge', 124.9, 249.8, 6_000),
  size('express.m7g.8xlarge', 250, 500, 12_000),
  size('express.m7g.12xlarge', 375, 750, 16_000),
  size('express.m7g.16xlarge', 500, 1_000, 20_000),
];
