import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MissingTool } from '../../lib/build/missing-tool.ts';
import { startBenchBroker } from './bench-broker.ts';
import { deployedBundle } from './deployed-bundle.ts';
import { FreshProcess } from './fresh-process.ts';
import { inRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 7;
const IDLE_MS = 3_000;
/** After it has sent an event, until it is idle. */
const SETTLE_MS = 1_000;

/**
 * What a warm publisher takes while nothing is published, CPU in microseconds a second.
 *
 * @throws MissingTool where it cannot be seen from outside
 */
export async function run(): Promise<readonly Row[]> {
  if (!existsSync('/proc/self/schedstat'))
    throw new MissingTool('The CPU time of another process needs Linux.');
  const { file } = await deployedBundle('test/bench/idle-process.ts');
  const broker = await startBenchBroker();
  const processes = ['kafkajs', 'ours'].map(
    (name) => [name, new FreshProcess(file, name, broker.address)] as const,
  );
  try {
    for (const [, fresh] of processes) await fresh.measure();
    await sleep(SETTLE_MS);
    const contenders = processes.map(([name, { pid }]) => [name, () => cpuWhileIdle(pid)] as const);
    const rounds = await inRounds(ROUNDS, Object.fromEntries(contenders));
    return [ratio('publisher-idle', '', rounds, ['ours', 'kafkajs', 'cpu'], 'us/s')];
  } finally {
    for (const [, fresh] of processes) fresh.stop();
    broker.stop();
  }
}

/** Looks from outside: to wake up, a process takes more time than it takes while it sleeps. */
async function cpuWhileIdle(pid: number): Promise<{ cpu: number }> {
  const before = cpuTimeOf(pid);
  await sleep(IDLE_MS);
  return { cpu: (cpuTimeOf(pid) - before) / (IDLE_MS / 1_000) };
}

/**
 * CPU time of all threads, in microseconds.
 *
 * @see {@link https://docs.kernel.org/scheduler/sched-stats.html Linux kernel, "Scheduler Statistics"}
 */
function cpuTimeOf(pid: number): number {
  const threads = `/proc/${pid}/task`;
  return readdirSync(threads).reduce((sum, thread) => {
    const [nanoseconds = ''] = readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(nanoseconds) / 1_000;
  }, 0);
}
