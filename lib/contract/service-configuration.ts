import path from 'node:path';
import read from 'serverless/lib/configuration/read';
import resolve from 'serverless/lib/configuration/variables/resolve';
import resolveMeta from 'serverless/lib/configuration/variables/resolve-meta';
import env from 'serverless/lib/configuration/variables/sources/env';
import file from 'serverless/lib/configuration/variables/sources/file';
import opt from 'serverless/lib/configuration/variables/sources/opt';
import self from 'serverless/lib/configuration/variables/sources/self';
import strToBool from 'serverless/lib/configuration/variables/sources/str-to-bool';
import { UserError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { Configuration } from '../stack/complete-service.ts';

const FILE = 'serverless.yml';

/**
 * Reads serverless.yml for its default stage. Variables that need AWS stay as they are written.
 *
 * @throws UserError when it names no service and provider
 */
export async function serviceConfiguration(): Promise<Configuration> {
  const configuration = await read(path.resolve(FILE));
  await resolve({
    serviceDir: process.cwd(),
    configuration,
    variablesMeta: resolveMeta(configuration),
    sources: { env, file, opt, self, strToBool },
    options: {},
    fulfilledSources: new Set(['env', 'file', 'opt', 'self', 'strToBool']),
  });
  if (isConfiguration(configuration)) return configuration;
  throw new UserError([`${FILE}: name a service and a provider`]);
}

function isConfiguration(value: unknown): value is Configuration {
  return isJsonObject(value) && typeof value.service === 'string' && isJsonObject(value.provider);
}
