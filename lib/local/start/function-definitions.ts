import { join } from 'node:path';
import type { Service } from '../../build/framework.ts';
import { isJsonObject } from '../../json.ts';
import { OPERATE_FUNCTION } from '../../stack/service-functions.ts';
import type { FunctionDefinition } from '../function/function-definition.ts';
import { BUNDLE_FOLDER } from './function-build.ts';
import type { LocalSettings } from './settings.ts';

const DEFAULT_TIMEOUT_SECONDS = 6; // of the Serverless Framework
const DEFAULT_MEMORY_MB = 1_024; // of the Serverless Framework

/** Variables for access to a cluster; those of a deployed cluster must not leak into the local run. */
const CLUSTER_VARIABLES = ['KAFKA_AUTH', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'] as const;

/**
 * Points every function of the service at the brokers.
 *
 * @param service - its environment variables are changed
 * @param embedded - address of the embedded broker, when there is one
 * @returns the variables that do it
 */
export function shareBrokers(
  service: Service,
  { brokers }: Pick<LocalSettings, 'brokers'>,
  embedded: string | undefined,
): Record<string, string> {
  const variables: Record<string, string> = {
    KAFKA_BROKERS: embedded ?? brokers ?? '',
    KAFKA_AUTH: 'none',
    MSK_CLUSTER_ARN: '',
  };
  for (const name of embedded === undefined ? CLUSTER_VARIABLES : []) {
    const value = process.env[name];
    if (value) variables[name] = value;
  }
  service.provider.environment = { ...service.provider.environment, ...variables };
  for (const definition of Object.values(service.functions)) {
    if (definition.environment === undefined) continue;
    for (const name of Object.keys(variables)) delete definition.environment[name];
  }
  return variables;
}

/** The functions that use the idempotency table of the deployment. */
export function idempotentFunctions({ functions }: Service): { environment: Record<string, unknown> }[] {
  return Object.values(functions).flatMap(({ environment }) =>
    // A name refers to a table elsewhere.
    isJsonObject(environment?.IDEMPOTENCY_TABLE) ? [{ environment }] : [],
  );
}

/**
 * Describes the functions of the service for the sandboxes that run them, by their names in serverless.yml. Those that
 * only a deployment calls are left out.
 *
 * @param serviceDirectory - absolute path of the folder that holds serverless.yml
 */
export function functionDefinitions(
  service: Service,
  serviceDirectory: string,
): Map<string, FunctionDefinition> {
  const { provider, functions } = service;
  const called = Object.entries(functions).filter(
    ([name, { events }]) => name === OPERATE_FUNCTION || (Array.isArray(events) && events.length > 0),
  );
  return new Map(
    called.map(([functionName, { name = functionName, handler = '', ...declared }]) => [
      functionName,
      {
        name,
        handler,
        codeDirectory: join(serviceDirectory, BUNDLE_FOLDER),
        timeoutMs: (declared.timeout ?? provider.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
        memorySize: declared.memorySize ?? provider.memorySize ?? DEFAULT_MEMORY_MB,
        environment: functionEnvironment(provider, declared.environment),
      },
    ]),
  );
}

/** The environment in serverless.yml; on AWS a function has only this and the variables of Lambda itself. */
function functionEnvironment(
  provider: Service['provider'],
  own: Record<string, unknown> | undefined,
): Record<string, string> {
  const declared = { AWS_REGION: provider.region, ...provider.environment, ...own };
  return Object.fromEntries(
    Object.entries(declared).flatMap(([name, value]) => {
      // A CloudFormation function has no value before the service is deployed.
      const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      return known ? [[name, String(value)]] : [];
    }),
  );
}
