import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isJsonObject } from '../../lib/json.ts';

/** Commands that plugins add; the framework says what these take. */
const PLUGIN_COMMANDS = ['offline start'];

/**
 * The commands of the Serverless Framework and of the plugins of this service, each with its flags, without dashes.
 *
 * @param root - of the project
 */
export function serverlessCommands(root: string): Map<string, readonly string[]> {
  const known = new Map<string, readonly string[]>();
  const framework = createRequire(join(root, 'package.json'));
  const schema: unknown = framework('serverless/lib/cli/commands-schema/aws-service.js');
  if (!(schema instanceof Map))
    throw new Error('The framework keeps its commands in another way: read them anew');
  for (const [name, command] of schema) known.set(String(name), optionsOf(command));
  for (const name of PLUGIN_COMMANDS) known.set(name, flagsInHelp(root, name.split(' ')));
  return known;
}

/** The flags of jest, without dashes. */
export function jestFlags(root: string): string[] {
  const jest = createRequire(createRequire(join(root, 'package.json')).resolve('jest'));
  const cli: unknown = jest('jest-cli');
  const options = isJsonObject(cli) && isJsonObject(cli.yargsOptions) ? cli.yargsOptions : {};
  return Object.entries(options).flatMap(([name, option]) => [name, ...shortcut(option, 'alias')]);
}

function optionsOf(command: unknown): string[] {
  const options = isJsonObject(command) && isJsonObject(command.options) ? command.options : {};
  return Object.entries(options).flatMap(([name, option]) => [name, ...shortcut(option, 'shortcut')]);
}

function shortcut(option: unknown, property: string): string[] {
  const value = isJsonObject(option) ? option[property] : undefined;
  return typeof value === 'string' ? [value] : [];
}

function flagsInHelp(root: string, command: readonly string[]): string[] {
  const serverless = createRequire(join(root, 'package.json')).resolve('serverless/bin/serverless.js');
  const help = execFileSync(process.execPath, [serverless, ...command, '--help'], {
    cwd: root,
    encoding: 'utf8',
  });
  return [...help.matchAll(/^--([\w-]+)(?: \/ -(\w))?/gm)].flatMap(([, name = '', short]) =>
    short === undefined ? [name] : [name, short],
  );
}
