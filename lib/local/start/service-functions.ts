import { isAbsolute, join } from 'node:path';
import type { Service } from '../../build/framework.ts';
import { isJsonObject } from '../../json.ts';
import type { FunctionDefinition } from '../function/function-definition.ts';

const DEFAULT_TIMEOUT_SECONDS = 6; // of the Serverless Framework
const DEFAULT_MEMORY_MB = 1_024; // of the Serverless Framework

/** Variables that say how to reach a cluster; those of a deployed one must not leak into the local run. */
const CLUSTER_VARIABLES = ['KAFKA_AUTH', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'] as const;

/**
 * Points every function of the service at the brokers.
 *
 * @param service - its environment variables are changed
 * @param brokers - `host:port`, comma-separated
 * @returns the variables that do it
 */
export function shareBrokers(service: Service, brokers: string): Record<string, string> {
  const foreign = Boolean(process.env.KAFKA_BROKERS);
  const variables: Record<string, string> = {
    KAFKA_BROKERS: brokers,
    KAFKA_AUTH: 'none',
    MSK_CLUSTER_ARN: '',
  };
  for (const name of foreign ? CLUSTER_VARIABLES : []) {
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

/**
 * Describes a function of the service for the sandbox that runs it.
 *
 * @param serviceDirectory - absolute path of the folder that holds serverless.yml
 */
export function functionDefinition(
  service: Service,
  serviceDirectory: string,
  functionName: string,
): FunctionDefinition {
  const { provider, functions } = service;
  const { name = functionName, handler = '', ...declared } = functions[functionName] ?? {};
  return {
    name,
    handler,
    codeDirectory: codeDirectory(service, serviceDirectory),
    timeoutMs: (declared.timeout ?? provider.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
    memorySize: declared.memorySize ?? provider.memorySize ?? DEFAULT_MEMORY_MB,
    environment: functionEnvironment(provider, declared.environment),
  };
}

/** What serverless.yml says, which is all that a function finds on AWS besides the variables of Lambda itself. */
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

/** Where serverless-esbuild has put the bundles; it tells serverless-offline in the same way. */
function codeDirectory(service: Service, serviceDirectory: string): string {
  const offline = service.custom?.['serverless-offline'];
  const location = isJsonObject(offline) && typeof offline.location === 'string' ? offline.location : '.';
  return isAbsolute(location) ? location : join(serviceDirectory, location);
}
