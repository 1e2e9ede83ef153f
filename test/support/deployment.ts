import { type Configuration, completeService } from '../../lib/stack/complete-service.ts';
import type { Deployment } from '../../lib/stack/deployment.ts';
import type { Resource } from '../../lib/stack/template.ts';

export const clusterArn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b-1';
export const existing = {
  cluster: 'existing',
  clusterArn,
  subnets: 'subnet-0a1b2c3d4e5f60718',
  securityGroup: 'sg-0a1b2c3d4e5f60718',
  topicPrefix: 'none',
} as const;

/** The functions of the service, and what a test says beside them. */
export function serviceWith(parts: Partial<Configuration> = {}): Configuration {
  const functions = {
    publish: { publishes: 'all', events: [{ httpApi: { method: 'POST', path: '/events' } }] },
    consume: { timeout: 60, events: [{ msk: { topic: 'events' } }] },
    provision: {},
    topics: {},
    operate: { timeout: 900 },
  };
  return { service: 'kafka-events', provider: {}, functions, ...parts };
}

/** Completes a service as the plugin does. */
export function deployed(
  parameters: Readonly<Record<string, string>> = {},
  configuration: Configuration = serviceWith(),
  catalogue: readonly string[] = ['events', 'orders'],
  region?: string,
): { deployment: Deployment; resources: Record<string, Resource> } {
  const deployment = completeService(configuration, {
    catalogue,
    parameters,
    region,
    mappingId: (functionName, cluster, topic) => `${functionName}-${cluster}-${topic}`,
  });
  const parts = [configuration.resources].flat() as { Resources?: Record<string, Resource> }[];
  return { deployment, resources: Object.assign({}, ...parts.map((part) => part?.Resources)) };
}
