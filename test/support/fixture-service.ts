import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');

/** A service in a folder of its own that uses the plugin. */
export interface FixtureService {
  directory: string;
  /** Runs `serverless <command>` in the service. */
  serverless(...command: string[]): Promise<{ code: number | null; output: string }>;
  /** Replaces parts of serverless.yml. */
  configure(configuration: Record<string, unknown>): void;
  /** The CloudFormation template of the last `serverless package`. */
  template(): Template;
  remove(): void;
}

export interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

/**
 * Creates a service whose functions share one handler.
 *
 * @param configuration - of serverless.yml besides service, provider, plugins
 * @param plugins - to load after ours
 */
export function fixtureService(
  configuration: Record<string, unknown>,
  plugins: string[] = [],
): FixtureService {
  const directory = mkdtempSync(join(tmpdir(), 'fixture-service-'));
  mkdirSync(join(directory, 'handlers'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'handlers/read.js'), 'exports.handler = async () => {};\n');
  writeFileSync(
    join(directory, 'plugin.cjs'),
    `module.exports = require(${JSON.stringify(join(root, 'lib/build/serverless-plugin.cjs'))});\n`,
  );
  let current: Record<string, unknown> = {
    service: 'fixture',
    provider: { name: 'aws', runtime: 'nodejs24.x', region: 'eu-west-1' },
    plugins: ['./plugin.cjs', ...plugins],
    package: { patterns: ['!**', 'handlers/**'] },
  };
  const configure = (parts: Record<string, unknown>) => {
    current = { ...current, ...parts };
    writeFileSync(join(directory, 'serverless.json'), JSON.stringify(current));
  };
  configure(configuration);
  return {
    directory,
    configure,
    serverless: (...command) => run(directory, command),
    template: () =>
      JSON.parse(
        readFileSync(join(directory, '.serverless/cloudformation-template-update-stack.json'), 'utf8'),
      ),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function run(directory: string, command: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/serverless/bin/serverless.js'), ...command],
    {
      cwd: directory,
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: 'fixture',
        AWS_SECRET_ACCESS_KEY: 'fixture',
        // Where serverless-esbuild leaves what it archives.
        TMPDIR: directory,
        TEMP: directory,
      },
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((settle) => child.on('close', settle));
  return { code, output };
}
