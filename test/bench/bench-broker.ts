import { fork } from 'node:child_process';
import { once } from 'node:events';
import { deployedBundle } from './deployed-bundle.ts';

export interface BenchBroker {
  readonly address: string;
  readonly stop: () => void;
}

/** Bounds the memory: what publishers have sent is not read. */
const RETENTION_BYTES = 16 * 1024 * 1024;

/**
 * Starts an embedded broker, in memory, in a process of its own, so that clients have theirs to themselves.
 *
 * @param options - `retentionBytes`: the bytes of records kept per partition
 */
export async function startBenchBroker({ retentionBytes = RETENTION_BYTES } = {}): Promise<BenchBroker> {
  const { file } = await deployedBundle('test/bench/broker-process.ts');
  const child = fork(file, [String(retentionBytes)], { execArgv: [] });
  const [address] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof address !== 'string') throw new Error('the broker did not start');
  return { address, stop: () => child.kill() };
}
