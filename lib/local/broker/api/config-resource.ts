import type { ErrorName } from '../../../kafka/error-codes.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import { topicNameProblem } from '../log/topic-name-problem.ts';
import type { Topic } from '../log/topic-store.ts';

/** org.apache.kafka.common.config.ConfigResource.Type */
const TOPIC = 2;
const BROKER = 4;

/** Why a request about a part of it failed. */
export interface Refusal {
  readonly error: ErrorName;
  readonly message: string;
}

/** The resource whose configuration a request names: a topic or the broker. */
export type ConfigResource =
  | { readonly kind: 'topic'; readonly topic: Topic }
  | { readonly kind: 'broker' }
  | ({ readonly kind: 'refused' } & Refusal);

/** Finds the topic or broker that has the configuration in question. The empty name stands for all brokers. */
export function configResource(cluster: EmbeddedCluster, type: number, name: string): ConfigResource {
  if (type === TOPIC) {
    const topic = cluster.topics.get(name);
    if (topic) return { kind: 'topic', topic };
    if (name === '') return refused('INVALID_REQUEST', 'Default topic resources are not allowed.');
    const problem = topicNameProblem(name);
    if (problem !== undefined) return refused('INVALID_TOPIC_EXCEPTION', problem);
    return refused('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
  }
  if (type !== BROKER) return refused('INVALID_REQUEST', `Unsupported resource type: ${type}`);
  if (name === '' || cluster.nodes.some((node) => String(node.id) === name)) return { kind: 'broker' };
  const ids = cluster.nodes.map((node) => node.id).join(' or ');
  return refused(
    'INVALID_REQUEST',
    `Unexpected broker id, expected ${ids} or empty string, but received ${name}`,
  );
}

function refused(error: ErrorName, message: string): ConfigResource {
  return { kind: 'refused', error, message };
}
