import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../errors.ts';
import type { Resource } from '../stack/template.ts';
import { copyService } from './service-copy.ts';
import type { TemplateVariant } from './template-variants.ts';

const run = promisify(execFile);

/** The result of packaging. */
export interface PackagedVariant {
  /** Holds the template and the bundles, `<function>.zip`. */
  readonly folder: string;
  /** Path of the CloudFormation template. */
  readonly templateFile: string;
  /** Resources of the template by logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
}

/**
 * Packages the service as it would be deployed, from a copy.
 *
 * @param copy - folder for the copy; does not exist yet
 * @param service - the folder of the service
 * @throws UserError with what the framework said
 */
export async function packageVariant(
  { stage, parameters }: TemplateVariant,
  copy: string,
  service = '.',
): Promise<PackagedVariant> {
  copyService(copy, service);

  const options = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const serverless = require.resolve('serverless/bin/serverless.js');
  // serverless-esbuild leaves what it archives in the system's folder for temporary files.
  const temporary = path.join(copy, '.temporary');
  await mkdir(temporary);
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary };
  try {
    await run(process.execPath, [serverless, 'package', '--stage', stage, ...options], { cwd: copy, env });
  } catch (error) {
    const { stdout = '', stderr = '' } = typeof error === 'object' && error !== null ? outputOf(error) : {};
    throw new UserError([`serverless package ${options.join(' ')}:`, `${stdout}${stderr}`], { cause: error });
  }
  const folder = path.join(copy, '.serverless');
  const templateFile = path.join(folder, 'cloudformation-template-update-stack.json');
  return { folder, templateFile, resources: JSON.parse(await readFile(templateFile, 'utf8')).Resources };
}

/** An Error of another realm in tests, so it is read as an object. */
function outputOf(error: object): { stdout?: string; stderr?: string } {
  return {
    ...('stdout' in error && { stdout: String(error.stdout) }),
    ...('stderr' in error && { stderr: String(error.stderr) }),
  };
}
