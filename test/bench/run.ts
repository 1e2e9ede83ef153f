// `npm run bench -- [name…]`: measures this project beside what else one could use, and says by which factor.
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';

/** Of `provider.runtime` in serverless.yml. */
const NODE_ON_LAMBDA = 22;

/** By name; imported when they run, because without their peers they cannot be. */
const benchmarks: Readonly<Record<string, () => Promise<{ run: () => Promise<string> }>>> = {
  consume: () => import('./consume.ts'),
  log: () => import('./log.ts'),
  'cold-start': () => import('./cold-start.ts'),
  publish: () => import('./publish.ts'),
};

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
  if (unknown.length > 0) {
    throw new Error(
      `There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`,
    );
  }
  if (Number.parseInt(process.versions.node, 10) < NODE_ON_LAMBDA) {
    throw new Error(`Run it by \`npm run bench\`: that takes Node.js ${NODE_ON_LAMBDA}, as Lambda does.`);
  }
  const missing = missingPeers();
  if (missing.length > 0) {
    throw new Error(`Not installed: ${missing.join(', ')}. Run: npm ci --ignore-scripts --prefix test/bench`);
  }
  say(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
  say('Factors are of one round, side by side: median (least to most of all rounds).');
  for (const [name, load] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const { run } = await load();
    say(`\n${await run()}`);
  }
}

function missingPeers(): string[] {
  const manifest: { readonly dependencies: object } = JSON.parse(
    readFileSync(path.join(__dirname, 'package.json'), 'utf8'),
  );
  return Object.keys(manifest.dependencies).filter(
    (peer) => !existsSync(path.join(__dirname, 'node_modules', peer)),
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
