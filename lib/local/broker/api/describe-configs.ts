import { ErrorCode } from '../../../kafka/error-codes.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
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
import { configResource } from './config-resource.ts';
import { type DescribedConfig, describeBrokerConfigs, describeTopicConfigs } from './described-configs.ts';

/** DescribeConfigs: of topics and of the broker. */
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
  handle: (cluster, { resources, includeSynonyms, includeDocumentation }) => ({
    results: resources.map(({ type, name, keys }) => {
      const found = find(cluster, type, name);
      // An empty list stands for all, as null does.
      const wanted =
        keys && keys.length > 0
          ? found.configs.filter((config) => keys.includes(config.name))
          : found.configs;
      return {
        errorCode: found.errorCode,
        errorMessage: found.errorMessage,
        type,
        name,
        configs: wanted.map((config) => ({
          ...config,
          isSensitive: false,
          synonyms: includeSynonyms ? config.synonyms : [],
          documentation: includeDocumentation ? config.documentation : null,
        })),
      };
    }),
  }),
  failed: ({ resources }, errorCode) => ({
    results: resources.map(({ type, name }) => ({ errorCode, errorMessage: null, type, name, configs: [] })),
  }),
});

function find(
  cluster: EmbeddedCluster,
  type: number,
  name: string,
): { errorCode: number; errorMessage: string | null; configs: DescribedConfig[] } {
  const resource = configResource(cluster, type, name);
  if (resource.kind === 'refused')
    return { errorCode: ErrorCode[resource.error], errorMessage: resource.message, configs: [] };
  const configs =
    resource.kind === 'topic'
      ? describeTopicConfigs(cluster, resource.topic.configs)
      : // The empty name asks for what was set for all brokers together, which is nothing.
        name === ''
        ? []
        : describeBrokerConfigs(cluster);
  return { errorCode: ErrorCode.NONE, errorMessage: null, configs };
}
