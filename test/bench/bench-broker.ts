import { fork } from 'node:child_process';
import { once } from 'node:events';
import { deployedBundle } from './deployed-bundle.ts';

export interface BenchBroker {
  readonly address: string;
  readonly stop: () => void;
}

/** Starts an embedded broker, in memory, in a process of its own, so that clients have theirs to themselves. */
export async function startBenchBroker(): Promise<BenchBroker> {
  const { file } = await deployedBundle('test/bench/broker-process.ts');
  const child = fork(file, { execArgv: [] });
  const [address] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof address !== 'string') throw new Error('the broker did not start');
  return { address, stop: () => child.kill() };
}
