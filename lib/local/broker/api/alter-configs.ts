import { ErrorCode } from '../../../kafka/error-codes.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import { checkConfigs, defaultOf, isList, listItems, type TopicConfigs } from '../log/topic-configs.ts';
import {
  array,
  boolean,
  type Infer,
  int8,
  int16,
  nullableString,
  string,
  struct,
  throttleTime,
} from '../wire/schema.ts';
import { defineApi } from './api.ts';
import { configResource, type Refusal } from './config-resource.ts';
import { warnWithoutEffect } from './described-configs.ts';

/** org.apache.kafka.clients.admin.AlterConfigOp.OpType */
const Operation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

const change = struct({ name: string, operation: int8, value: nullableString });
type Change = Infer<typeof change>;

const response = struct({
  throttleTimeMs: throttleTime,
  results: array(struct({ errorCode: int16, errorMessage: nullableString, type: int8, name: string })),
});
type Result = Infer<typeof response>['results'][number];

/** IncrementalAlterConfigs (KIP-339): sets, deletes, appends to lists and subtracts from them. */
export const incrementalAlterConfigs = defineApi({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleFrom: 1,
  request: struct({
    resources: array(struct({ type: int8, name: string, changes: array(change) })),
    validateOnly: boolean,
  }),
  response,
  handle: (cluster, { resources, validateOnly }) => ({
    results: cluster.topics.together(() =>
      resources.map((resource) => alter(cluster, { ...resource, validateOnly, replace: false })),
    ),
  }),
  failed: ({ resources }, errorCode) => ({
    results: resources.map((resource) => result(resource, errorCode)),
  }),
});

/** AlterConfigs, deprecated by KIP-339: configs that the request does not name return to their defaults. */
export const alterConfigs = defineApi({
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleFrom: 2,
  request: struct({
    resources: array(
      struct({ type: int8, name: string, configs: array(struct({ name: string, value: nullableString })) }),
    ),
    validateOnly: boolean,
  }),
  response,
  handle: (cluster, { resources, validateOnly }) => ({
    results: cluster.topics.together(() =>
      resources.map(({ type, name, configs }) => {
        const changes = configs.map((config) => ({ ...config, operation: Operation.SET }));
        return alter(cluster, { type, name, changes, validateOnly, replace: true });
      }),
    ),
  }),
  failed: ({ resources }, errorCode) => ({
    results: resources.map((resource) => result(resource, errorCode)),
  }),
});

interface Alteration {
  readonly type: number;
  readonly name: string;
  readonly changes: readonly Change[];
  readonly validateOnly: boolean;
  /** Whether configs that the request does not name return to their defaults. */
  readonly replace: boolean;
}

function alter(cluster: EmbeddedCluster, alteration: Alteration): Result {
  const resource = configResource(cluster, alteration.type, alteration.name);
  if (resource.kind === 'refused') return result(alteration, ErrorCode[resource.error], resource.message);
  const names = alteration.changes.map(({ name }) => name);
  if (resource.kind === 'broker') {
    const message = `Cannot update these configs dynamically: [${names.join(', ')}]`;
    return result(alteration, ErrorCode.INVALID_REQUEST, message);
  }
  const refusal = refuseChanges(alteration.changes);
  if (refusal) return result(alteration, ErrorCode[refusal.error], refusal.message);
  const checked = checkConfigs(changed(alteration.replace ? {} : resource.topic.configs, alteration.changes));
  if (checked.problem !== undefined) return result(alteration, ErrorCode.INVALID_CONFIG, checked.problem);
  if (!alteration.validateOnly) {
    cluster.topics.configure(alteration.name, checked.configs);
    warnWithoutEffect(cluster, alteration.name, names);
  }
  return result(alteration, ErrorCode.NONE);
}

function refuseChanges(changes: readonly Change[]): Refusal | undefined {
  if (new Set(changes.map(({ name }) => name)).size < changes.length)
    return { error: 'INVALID_REQUEST', message: 'Error due to duplicate config keys' };
  for (const { name, operation, value } of changes) {
    if (operation < Operation.SET || operation > Operation.SUBTRACT)
      return { error: 'INVALID_REQUEST', message: `Unknown operation type ${operation}` };
    if (operation === Operation.DELETE) continue;
    if (value === null)
      return { error: 'INVALID_REQUEST', message: `Null value not supported for : ${name}` };
    if (operation !== Operation.SET && !isList(name)) {
      const verb = operation === Operation.APPEND ? 'APPEND' : 'SUBTRACT';
      const message = `Can't ${verb} to key ${name} because its type is not LIST.`;
      return { error: 'INVALID_CONFIG', message };
    }
  }
  return undefined;
}

function changed(current: TopicConfigs, changes: readonly Change[]): TopicConfigs {
  const configs: Record<string, string> = { ...current };
  for (const { name, operation, value } of changes) {
    const items = listItems(configs[name] ?? defaultOf(name));
    const given = listItems(value ?? '');
    if (operation === Operation.DELETE) delete configs[name];
    else if (operation === Operation.APPEND) configs[name] = [...items, ...given].join();
    else if (operation === Operation.SUBTRACT)
      configs[name] = items.filter((item) => !given.includes(item)).join();
    else configs[name] = value ?? '';
  }
  return configs;
}

function result(
  { type, name }: { type: number; name: string },
  errorCode: number,
  errorMessage: string | null = null,
): Result {
  return { errorCode, errorMessage, type, name };
}
