import type { Source } from './limits.ts';

/** US East (N. Virginia), list prices in US dollars without discounts and free tiers. */
export const PRICES_REGION = 'us-east-1';
export const PRICES_DATE = 'November 2026';

const pages = {
  msk: { title: 'Amazon MSK pricing', url: 'https://aws.amazon.com/msk/pricing/' },
  lambda: { title: 'AWS Lambda pricing', url: 'https://aws.amazon.com/lambda/pricing/' },
  api: { title: 'Amazon API Gateway pricing', url: 'https://aws.amazon.com/api-gateway/pricing/' },
  logs: { title: 'Amazon CloudWatch pricing', url: 'https://aws.amazon.com/cloudwatch/pricing/' },
  table: { title: 'Amazon DynamoDB pricing', url: 'https://aws.amazon.com/dynamodb/pricing/on-demand/' },
  transfer: {
    title: 'Amazon EC2 pricing, "Data Transfer within the same AWS Region"',
    url: 'https://aws.amazon.com/ec2/pricing/on-demand/',
  },
} as const satisfies Record<string, Source>;

export interface Price {
  /** For one unit, up to the first of `beyond`. */
  readonly usd: number;
  readonly unit: string;
  readonly source: Source;
  /** Cheaper prices for what exceeds a number of units in a month, in order. */
  readonly beyond?: readonly { readonly units: number; readonly usd: number }[];
}

/** Prices by the name that `--price` changes them by. */
export const prices = {
  serverlessCluster: { usd: 0.75, unit: 'cluster-hour', source: pages.msk },
  serverlessPartition: { usd: 0.0015, unit: 'partition-hour', source: pages.msk },
  serverlessIn: { usd: 0.1, unit: 'GB written', source: pages.msk },
  serverlessOut: { usd: 0.05, unit: 'GB read', source: pages.msk },
  serverlessStorage: { usd: 0.1, unit: 'GB-month', source: pages.msk },
  /** Larger sizes cost as many times more as they have cores. */
  standardLarge: { usd: 0.204, unit: 'hour of a kafka.m7g.large', source: pages.msk },
  standardStorage: { usd: 0.1, unit: 'GB-month', source: pages.msk },
  expressLarge: { usd: 0.408, unit: 'hour of an express.m7g.large', source: pages.msk },
  expressIn: { usd: 0.01, unit: 'GB written', source: pages.msk },
  expressStorage: { usd: 0.1, unit: 'GB-month', source: pages.msk },
  /** To and from brokers of another availability zone, each way. */
  betweenZones: { usd: 0.01, unit: 'GB', source: pages.transfer },
  pollerUnit: { usd: 0.185, unit: 'event poller unit-hour', source: pages.lambda },
  lambdaRequest: { usd: 0.2e-6, unit: 'invocation', source: pages.lambda },
  /** arm64. */
  lambdaGbSecond: {
    usd: 0.0000133334,
    unit: 'GB-second',
    source: pages.lambda,
    beyond: [
      { units: 7.5e9, usd: 0.0000120001 },
      { units: 18.75e9, usd: 0.0000106667 },
    ],
  },
  apiRequest: {
    usd: 1e-6,
    unit: 'request of an HTTP API',
    source: pages.api,
    beyond: [{ units: 300e6, usd: 0.9e-6 }],
  },
  logs: {
    usd: 0.5,
    unit: 'GB of logs of Lambda',
    source: pages.logs,
    beyond: [
      { units: 10_000, usd: 0.25 },
      { units: 30_000, usd: 0.1 },
      { units: 50_000, usd: 0.05 },
    ],
  },
  tableWrite: { usd: 0.625e-6, unit: 'write request unit', source: pages.table },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;
export type Prices = Readonly<Record<PriceName, Price>>;

/** What a number of units costs in a month. */
export function costOf({ usd, beyond = [] }: Price, units: number): number {
  let cost = 0;
  let from = 0;
  let rate = usd;
  for (const tier of beyond) {
    cost += Math.max(0, Math.min(units, tier.units) - from) * rate;
    [from, rate] = [tier.units, tier.usd];
  }
  return cost + Math.max(0, units - from) * rate;
}
