import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEventSourceMappings } from '../event-source-mapping/declaration.ts';
import { isObject } from '../event-source-mapping/property-reader.ts';
import type { PluginUtilities, Serverless } from './framework.ts';

/**
 * Refuses to deploy mappings that read the cluster which serverless.yml names for the local run alone, as
 * `custom.local.clusterArn`: it does not exist on AWS. Packaging is let through with a warning.
 *
 * @throws DeclarationError when AWS would refuse a mapping
 */
export function refusePlaceholder(serverless: Serverless, log: PluginUtilities['log']): void {
  const { custom, functions, provider } = serverless.service;
  const placeholder = isObject(custom?.local) ? custom.local.clusterArn : undefined;
  if (placeholder === undefined) return;
  const mappings = parseEventSourceMappings(functions, { timeoutSeconds: provider.timeout });
  const users = mappings.filter(({ eventSourceArn }) => eventSourceArn === placeholder);
  if (users.length === 0) return;
  const names = [...new Set(users.map(({ functionName }) => functionName))].join(', ');
  const message = `No MSK cluster is named, so ${names} would read ${placeholder}: set MSK_CLUSTER_ARN.`;
  if (serverless.processedInput.commands[0] === 'deploy') {
    throw new serverless.classes.Error(message, 'KAFKA_CLUSTER_MISSING');
  }
  log.warning(`${message} The package is good for looking at, not for deploying.`);
}

/** Removes what serverless-esbuild has left of its last build: it would pack that too. */
export async function removeLeftoverBundles({ service, serviceDir }: Serverless): Promise<void> {
  const esbuild = service.custom?.esbuild;
  const {
    outputWorkFolder = '.esbuild',
    outputBuildFolder = '.build',
    skipBuild,
  } = isObject(esbuild) ? esbuild : {};
  if (skipBuild) return;
  const folder = join(serviceDir, String(outputWorkFolder), String(outputBuildFolder));
  await rm(folder, { recursive: true, force: true });
}
