import { MAX_DEFAULT_PARTITIONS } from '../stack/parameters.ts';
import type { Plan } from './plan.ts';
import { minimumPollers } from './service.ts';

/** What of a plan goes into a deployment. */
export interface DeploymentOfPlan {
  /** Lines of serverless.yml; empty when parameters say it all. */
  readonly configuration: readonly string[];
  /** For `serverless deploy`; values with `…` are to be filled in. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Says how each service of a plan is deployed. */
export function deploymentOf({ workload, service, services, clusters }: Plan): DeploymentOfPlan {
  const [chosen] = clusters;
  const creates = chosen?.kind === 'serverless' && chosen.clusters === services;
  const minimum = minimumPollers(service);
  const { batchSize, batchingWindowMs } = workload;
  const event = [
    'topic: events',
    ...(batchSize === DEFAULT_BATCH_SIZE ? [] : [`batchSize: ${batchSize}`]),
    ...(batchingWindowMs === DEFAULT_WINDOW_MS
      ? []
      : [`maximumBatchingWindow: ${Math.round(batchingWindowMs / 1_000)}`]),
    ...(minimum === 1 ? [] : [`provisionedPollers: { min: ${minimum}, max: ${service.partitions} }`]),
  ];
  const declaresTopic =
    service.partitions > MAX_DEFAULT_PARTITIONS || creates !== (chosen?.kind === 'serverless');
  return {
    configuration: [
      ...(event.length > 1 ? [`- msk: { ${event.join(', ')} }`] : []),
      ...topicConfiguration(service.partitions, workload.retentionHours, declaresTopic),
    ],
    parameters: {
      ...(service.partitions <= MAX_DEFAULT_PARTITIONS && { partitions: String(service.partitions) }),
      publisherConcurrency: String(service.publisherConcurrency),
      esm: 'provisioned',
      ...(workload.idempotency && { idempotency: 'dynamodb' }),
      ...(creates
        ? { cluster: 'create' }
        : {
            cluster: 'existing',
            clusterArn: 'arn:aws:kafka:…',
            subnets: 'subnet-…,subnet-…,subnet-…',
            securityGroup: 'sg-…',
          }),
    },
  };
}

/** What the stack and AWS have without a word: lib/stack/consumers.ts, lib/mapping/properties.ts. */
const DEFAULT_BATCH_SIZE = 100;
const DEFAULT_WINDOW_MS = 500;
const DEFAULT_RETENTION_HOURS = 168;

function topicConfiguration(partitions: number, retentionHours: number, isLarge: boolean): string[] {
  const count = partitions > MAX_DEFAULT_PARTITIONS ? [`partitions: ${partitions}`] : [];
  const retention =
    retentionHours === DEFAULT_RETENTION_HOURS && !isLarge
      ? []
      : [`config: { retention.ms: ${Math.round(retentionHours * 3_600_000)} }`];
  const settings = [...count, ...retention];
  return settings.length === 0 ? [] : [`custom.topics.events: { ${settings.join(', ')} }`];
}
