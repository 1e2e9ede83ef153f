import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';
import { faultyBroker } from './chaos-kafka.ts';

/** `npm run test:chaos -- --seed N --events N`: a long run, or one that a seed replays. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, events: { type: 'string' } } });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const events = Number(values.events ?? 5_000);
  process.stdout.write(`--seed ${seed} --events ${events}\n`);
  const dataDirectory = mkdtempSync(join(tmpdir(), 'chaos-'));
  try {
    const report = await runChaos({ seed, events, kafka: await faultyBroker(dataDirectory) });
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    process.exitCode = report.violations.length === 0 ? 0 : 1;
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

void main();
