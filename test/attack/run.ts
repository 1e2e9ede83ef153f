import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../support/seeded-random.ts';
import type { Attack } from './attack.ts';
import { brokerMemory } from './broker-memory.ts';
import { dataDirectory } from './data-directory.ts';
import { handlers } from './handlers.ts';
import { http } from './http.ts';
import { kafkaBatches } from './kafka-batches.ts';
import { kafkaFrames } from './kafka-frames.ts';
import { kafkaLimits } from './kafka-limits.ts';
import { npmStart } from './npm-start.ts';
import { npmStartMemory } from './npm-start-memory.ts';

/** All attacks. The short ones take less than 90 seconds together. */
const ATTACKS: readonly Attack[] = [
  kafkaFrames,
  kafkaLimits,
  kafkaBatches,
  dataDirectory,
  brokerMemory,
  handlers,
  http,
  npmStart,
  npmStartMemory,
];
/** A short attack that takes longer has made something hang. */
const DEADLINE_MS = 120_000;
const long = ATTACKS.filter(({ deadlineMs }) => deadlineMs !== undefined).map(({ name }) => name);
const USAGE = `Usage: npm run test:attack -- [name ...] [--seed number]
Attacks the local run: ${ATTACKS.map(({ name }) => name).join(', ')}.
Without a name, all but the long ones: ${long.join(', ')}.
`;

async function main(words: readonly string[]): Promise<number> {
  const at = words.indexOf('--seed');
  const seed = at < 0 ? Date.now() % 1_000_000 : Number(words[at + 1]);
  const names = words.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  const chosen = ATTACKS.filter(({ name, deadlineMs }) =>
    names.length === 0 ? deadlineMs === undefined : names.includes(name),
  );
  if (!Number.isInteger(seed) || names.some((name) => !ATTACKS.some((attack) => attack.name === name))) {
    process.stderr.write(USAGE);
    return 2;
  }
  let failed = 0;
  for (const attack of chosen) if (!(await holds(attack, seed))) failed++;
  return failed === 0 ? 0 : 1;
}

/** Runs one attack, says how it went, and ends all that it started. */
async function holds(attack: Attack, seed: number): Promise<boolean> {
  const cleanUps: (() => unknown)[] = [];
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const { deadlineMs = DEADLINE_MS } = attack;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${deadlineMs} ms`)), deadlineMs);
  });
  const ground = {
    random: seededRandom(seed),
    directory: () => {
      const path = mkdtempSync(join(tmpdir(), 'attack-'));
      cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
      return path;
    },
    after: (cleanUp: () => unknown) => cleanUps.push(cleanUp),
  };
  try {
    const done = await Promise.race([attack.run(ground), deadline]);
    process.stdout.write(`held    ${attack.name} (${seconds()}): ${attack.property}; ${done}\n`);
    return true;
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stdout.write(
      `FAILED  ${attack.name} (${seconds()}, --seed ${seed}): ${attack.property}; but ${reason}\n`,
    );
    return false;
  } finally {
    clearTimeout(timer);
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
