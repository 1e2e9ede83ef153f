import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../json.ts';
import type { Serverless } from './framework.ts';

/** Removes the leftovers of the last build of serverless-esbuild, which would be packaged as well. */
export async function removeLeftoverBundles({ service, serviceDir }: Serverless): Promise<void> {
  const esbuild = service.custom?.esbuild;
  const {
    outputWorkFolder = '.esbuild',
    outputBuildFolder = '.build',
    skipBuild,
  } = isJsonObject(esbuild) ? esbuild : {};
  if (skipBuild) return;
  const folder = join(serviceDir, String(outputWorkFolder), String(outputBuildFolder));
  await rm(folder, { recursive: true, force: true });
}
