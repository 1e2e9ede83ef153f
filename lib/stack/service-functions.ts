import { isJsonObject } from '../json.ts';
import type { Properties } from '../mapping/property.ts';

/** A function of serverless.yml, as far as the stack reads and completes it. */
export interface ServiceFunction {
  handler?: string;
  role?: unknown;
  vpc?: unknown;
  dependsOn?: unknown;
  tracing?: unknown;
  reservedConcurrency?: number;
  provisionedConcurrency?: unknown;
  snapStart?: unknown;
  durableConfig?: unknown;
  package?: { patterns?: string[] };
  layers?: unknown;
  /** Full name, as deployed; absent: `<service>-<stage>-<function>`. */
  name?: unknown;
  url?: unknown;
  environment?: Record<string, unknown>;
  events?: unknown;
  /** Topics that the function publishes to, or `all` of the catalogue. */
  publishes?: unknown;
  /** Further permissions that the work of the function needs, as statements of an IAM policy. */
  iamRoleStatements?: unknown;
}

export type ServiceFunctions = Readonly<Record<string, ServiceFunction>>;

/** The functions that only a deployment calls: handlers/provision.ts outside the VPC, handlers/topics.ts inside. */
export const PROVISION_FUNCTION = 'provision';
export const TOPICS_FUNCTION = 'topics';
/** The function that an operator invokes: handlers/operate.ts, inside the VPC. */
export const OPERATE_FUNCTION = 'operate';

/** JSON Schema of what the stack adds to a function in serverless.yml. */
export const functionProperties = {
  publishes: { anyOf: [{ const: 'all' }, { type: 'array', items: { type: 'string' } }] },
  iamRoleStatements: { type: 'array', items: { type: 'object' } },
} as const;

/** The events of a type, as they are written in serverless.yml. */
export function eventsOf(definition: ServiceFunction, type: string): Properties[] {
  if (!Array.isArray(definition.events)) return [];
  return definition.events.flatMap((event: unknown) => {
    const properties = isJsonObject(event) ? event[type] : undefined;
    return isJsonObject(properties) ? [properties] : [];
  });
}

/** The events that event source mappings of Kafka clusters come from: of Amazon MSK, and self-managed ones. */
export function kafkaEventsOf(definition: ServiceFunction): Properties[] {
  return [...eventsOf(definition, 'msk'), ...eventsOf(definition, 'kafka')];
}

/** Writes `httpApi: POST /path`, as the framework takes it, as an object, which can hold an authorizer. */
export function spellOutRoutes(definition: ServiceFunction): void {
  if (!Array.isArray(definition.events)) return;
  for (const event of definition.events.filter(isJsonObject)) {
    const { httpApi } = event;
    if (typeof httpApi !== 'string') continue;
    const [method, path] = httpApi.trim().split(/\s+/);
    Object.assign(event, { httpApi: path === undefined ? { path: method } : { method, path } });
  }
}

/** The part of a logical id that stands for a function, as the framework makes it. */
export function logicalName(functionName: string): string {
  const name = functionName.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The deployed name of a function. */
export function deployedName(prefix: string, name: string, definition: ServiceFunction | undefined): string {
  return typeof definition?.name === 'string' ? definition.name : `${prefix}-${name}`;
}

/** Logical id of the role that the stack writes for a function. */
export function roleId(functionName: string): string {
  return `${logicalName(functionName)}Role`;
}

/** Logical id of the policy of that role. */
export function policyId(functionName: string): string {
  return `${logicalName(functionName)}Policy`;
}
