import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TemplateVariant } from './template-variants.ts';

const run = promisify(execFile);

/**
 * Packages the service as it would be deployed.
 *
 * @param folder - receives the template and the bundles
 * @returns path of the template
 * @throws Error with what the framework said
 */
export async function packageVariant(
  { stage, parameters }: TemplateVariant,
  folder: string,
): Promise<string> {
  const options = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const serverless = require.resolve('serverless/bin/serverless.js');
  try {
    await run(process.execPath, [serverless, 'package', '--package', folder, '--stage', stage, ...options]);
  } catch (error) {
    const { stdout = '', stderr = '' } = error instanceof Error ? outputOf(error) : {};
    throw new Error(`serverless package ${options.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
  return `${folder}/cloudformation-template-update-stack.json`;
}

function outputOf(error: Error): { stdout?: string; stderr?: string } {
  return {
    ...('stdout' in error && { stdout: String(error.stdout) }),
    ...('stderr' in error && { stderr: String(error.stderr) }),
  };
}
