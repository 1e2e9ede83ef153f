import { fork } from 'node:child_process';
import { once } from 'node:events';
import { deployedBundle } from './deployed-bundle.ts';

export interface BenchBroker {
  readonly address: string;
  readonly stop: () => void;
}

/** Bounds the memory: what publishers have sent is not read. */
const RETENTION_BYTES = 16 * 1024 * 1024;

export interface BenchBrokerOptions {
  /** The bytes of records kept per partition. */
  readonly retentionBytes?: number;
  /** Where the records are kept; absent: in memory. */
  readonly dataDirectory?: string;
  /** Topics that are there from the start. */
  readonly topics?: readonly string[];
}

/** Starts an embedded broker in a process of its own, so that clients have theirs to themselves. */
export async function startBenchBroker(options: BenchBrokerOptions = {}): Promise<BenchBroker> {
  const { retentionBytes = RETENTION_BYTES, dataDirectory = '', topics = ['events'] } = options;
  const { file } = await deployedBundle('test/bench/broker-process.ts');
  const child = fork(file, [String(retentionBytes), dataDirectory, ...topics], { execArgv: [] });
  const [address] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof address !== 'string') throw new Error('the broker did not start');
  return { address, stop: () => child.kill() };
}
