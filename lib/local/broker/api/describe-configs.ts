import type { Cluster } from '../cluster.ts';
import { ErrorCode, type ErrorName } from '../wire/error-codes.ts';
import {
  array,
  boolean,
  int8,
  int16,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import { brokerConfigs, type Config, topicConfigs } from './topic-configs.ts';

/** ConfigResource.Type */
const TOPIC = 2;
const BROKER = 4;
/** DescribeConfigsResponse.ConfigSource */
const DYNAMIC_TOPIC_CONFIG = 1;
const STATIC_BROKER_CONFIG = 4;
const DEFAULT_CONFIG = 5;

type Found = {
  readonly error: ErrorName;
  readonly configs: (Config & { source: number; readOnly: boolean })[];
};

/** DescribeConfigs: of topics and of the broker. What has no effect here is shown with the default of Kafka. */
export const describeConfigs = defineApi({
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexibleFrom: 4,
  request: struct({
    resources: array(struct({ type: int8, name: string, keys: nullableArray(string) })),
    includeSynonyms: boolean,
    includeDocumentation: since(3, boolean, false),
  }),
  response: struct({
    throttleTimeMs: throttleTime,
    results: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString,
        type: int8,
        name: string,
        configs: array(
          struct({
            name: string,
            value: nullableString,
            readOnly: boolean,
            source: int8,
            isSensitive: boolean,
            synonyms: array(struct({ name: string, value: nullableString, source: int8 })),
            type: since(3, int8, 0),
            documentation: since(3, nullableString, null),
          }),
        ),
      }),
    ),
  }),
  handle: (cluster, { resources }) => ({
    results: resources.map(({ type, name, keys }) => {
      const { error, configs } = find(cluster, type, name);
      // kafkajs sends an empty list for "all", other clients null.
      const wanted =
        keys && keys.length > 0 ? configs.filter((config) => keys.includes(config.name)) : configs;
      return {
        errorCode: ErrorCode[error],
        errorMessage: null,
        type,
        name,
        configs: wanted.map((config) => ({
          ...config,
          isSensitive: false,
          synonyms: [],
          documentation: null,
        })),
      };
    }),
  }),
  failed: ({ resources }, errorCode) => ({
    results: resources.map(({ type, name }) => ({ errorCode, errorMessage: null, type, name, configs: [] })),
  }),
});

function find(cluster: Cluster, type: number, name: string): Found {
  if (type === TOPIC) {
    const topic = cluster.topics.get(name);
    if (!topic) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', configs: [] };
    const configs = topicConfigs(cluster, topic).map(({ isDefault, ...config }) => ({
      ...config,
      source: isDefault ? DEFAULT_CONFIG : DYNAMIC_TOPIC_CONFIG,
      readOnly: false,
    }));
    return { error: 'NONE', configs };
  }
  const known = cluster.nodes.some((node) => String(node.id) === name);
  if (type !== BROKER || !known) return { error: 'INVALID_REQUEST', configs: [] };
  const configs = brokerConfigs(cluster).map((config) => ({
    ...config,
    source: STATIC_BROKER_CONFIG,
    readOnly: true,
  }));
  return { error: 'NONE', configs };
}
