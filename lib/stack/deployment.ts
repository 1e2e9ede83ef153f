import type { WantedTopic } from '../kafka/wanted-topic.ts';
import type { ConsumedTopic } from '../operate/consumers.ts';
import type { Consumer } from './consumers.ts';
import type { StackParameters } from './parameters.ts';
import { PROVISION_FUNCTION, type ServiceFunctions } from './service-functions.ts';
import type { StackCluster } from './stack-cluster.ts';

/** Everything that determines the template of a stack. */
export interface Deployment {
  /** `<service>-<stage>`: what the names of all functions and alarms begin with. */
  readonly prefix: string;
  readonly parameters: StackParameters;
  readonly cluster: StackCluster;
  /** Completed. */
  readonly functions: ServiceFunctions;
  readonly consumers: readonly Consumer[];
  /** The topics of other clusters that functions read. */
  readonly foreignTopics: readonly ConsumedTopic[];
  /** Where each function puts the records that it rejects. */
  readonly deadLetterTopics: Readonly<Record<string, readonly string[]>>;
  /** Names of the functions that publish. */
  readonly publishers: readonly string[];
  readonly hasHttpApi: boolean;
  /** By deployed name. */
  readonly topics: readonly WantedTopic[];
  /** Topics of the catalogue, without the prefix. */
  readonly catalogue: readonly string[];
  readonly topicPrefix: string;
}

/** Whether the stack itself creates its topics. */
export function provisionsTopics({ topics, functions }: Deployment): boolean {
  return topics.length > 0 && PROVISION_FUNCTION in functions;
}
