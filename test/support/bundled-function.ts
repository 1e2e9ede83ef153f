import { join } from 'node:path';
import { build } from 'esbuild';
import { esbuildPlugins } from '../../lib/build/esbuild-plugins.ts';
import { FunctionSandbox } from '../../lib/local/function/function-sandbox.ts';
import { serviceOnFixtures } from './service-on-fixtures.ts';

const cleanups: (() => Promise<void>)[] = [];

// Registered by the import: whoever bundles a function need not clean up.
afterAll(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/**
 * Bundles a function of the service on the fixture catalogue as `serverless package` does, and gives it a sandbox that
 * runs it as Lambda does.
 *
 * @param name - of the file in handlers/
 * @param environment - the environment variables of the function
 */
export async function bundledFunction(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<FunctionSandbox> {
  const { directory, remove } = serviceOnFixtures();
  cleanups.push(async () => remove());
  const codeDirectory = join(directory, '..', 'bundle');
  await build({
    absWorkingDir: directory,
    entryPoints: [`handlers/${name}.ts`],
    outdir: join(codeDirectory, 'handlers'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/client-*'],
    assetNames: 'chunks/[name]-[hash]',
    plugins: esbuildPlugins,
    logLevel: 'silent',
  });
  const sandbox = new FunctionSandbox(
    {
      name,
      handler: `handlers/${name}.handler`,
      codeDirectory,
      timeoutMs: 29_000,
      memorySize: 512,
      environment,
    },
    { output: { stdout: () => {}, stderr: () => {} } },
  );
  cleanups.unshift(() => sandbox.close());
  return sandbox;
}
