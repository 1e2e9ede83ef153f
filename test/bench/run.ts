// `npm run bench -- [--json] [name…]`: measures this project beside what else one could use.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { MissingTool } from '../../lib/build/missing-tool.ts';
import { progress } from './progress.ts';
import { lineOf, type Result, type Row, resultOf, titleOf } from './row.ts';

/** Of `provider.runtime` in serverless.yml. */
const NODE_ON_LAMBDA = 24;

/** By name; imported when they run, because without their peers they cannot be. */
const benchmarks: Readonly<Record<string, () => Promise<{ run: () => Promise<readonly Row[]> }>>> = {
  consume: () => import('./consume.ts'),
  log: () => import('./log.ts'),
  growth: () => import('./growth.ts'),
  handler: () => import('./handler.ts'),
  allocation: () => import('./allocation.ts'),
  'cold-start': () => import('./cold-start.ts'),
  publish: () => import('./publish.ts'),
  idle: () => import('./idle.ts'),
  mapping: () => import('./mapping.ts'),
  loop: () => import('./loop.ts'),
  broker: () => import('./broker.ts'),
  latency: () => import('./latency.ts'),
  startup: () => import('./startup.ts'),
  memory: () => import('./memory.ts'),
};

async function main(args: readonly string[]): Promise<void> {
  const isForTools = args.includes('--json');
  const names = args.filter((arg) => arg !== '--json');
  const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
  if (unknown.length > 0) {
    throw new Error(
      `There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`,
    );
  }
  if (Number.parseInt(process.versions.node, 10) < NODE_ON_LAMBDA) {
    throw new Error(`Run it by \`npm run bench\`: that takes Node.js ${NODE_ON_LAMBDA}, as Lambda does.`);
  }
  installMissingPeers();
  const machine = `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
  const results: Result[] = [];
  const notRun: string[] = [];
  if (!isForTools) {
    say(machine);
    say('Each number is of one round, side by side: median (least to most of all rounds).');
  }
  for (const name of names.length > 0 ? names : Object.keys(benchmarks)) {
    const own = await measured(name);
    if (own instanceof MissingTool) notRun.push(`${name}: ${own.message}`);
    else results.push(...own);
    if (!isForTools && !(own instanceof MissingTool)) showInGroups(own);
  }
  const withGoal = results.filter(({ isMet }) => isMet !== undefined);
  if (isForTools) {
    say(JSON.stringify({ machine, results, notRun }, null, 2));
    return;
  }
  say(`\n${withGoal.filter(({ isMet }) => isMet).length} of ${withGoal.length} goals met`);
  for (const reason of notRun) say(`NOT RUN: ${reason}`);
}

/** @returns why it could not run, when the machine has not got what it needs */
async function measured(name: string): Promise<Result[] | MissingTool> {
  progress(`${name}: preparing`);
  try {
    const { run } = (await benchmarks[name]?.()) ?? {};
    return ((await run?.()) ?? []).map(resultOf);
  } catch (error) {
    if (error instanceof MissingTool) return error;
    throw error;
  } finally {
    progress('');
  }
}

/** Rows of the same name under one title. */
function showInGroups(results: readonly Result[]): void {
  let title = '';
  for (const result of results) {
    if (titleOf(result) !== title) say(`\n${titleOf(result)}`);
    title = titleOf(result);
    say(lineOf(result));
  }
}

/** Without their scripts: they bring no code that has to run to install them. */
function installMissingPeers(): void {
  const manifest: { readonly dependencies: object } = JSON.parse(
    readFileSync(path.join(__dirname, 'package.json'), 'utf8'),
  );
  const isInstalled = (peer: string) => existsSync(path.join(__dirname, 'node_modules', peer));
  if (Object.keys(manifest.dependencies).every(isInstalled)) return;
  progress('installing what is compared with');
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--prefix', __dirname], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`What is compared with could not be installed:\n${stderr}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
