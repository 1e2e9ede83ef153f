import { parentPort, workerData } from 'node:worker_threads';
import { unpackEvent } from '../../lib/local/function/unpack-event.cjs';
import { context } from './events.ts';

/** Either of the two is set. */
interface Invocation {
  /** Of a PackedEvent. */
  readonly packed?: Uint8Array;
  readonly json?: string;
}

// A function without a sandbox: the handler of a bundle, its answer and its output.
const { handler } = require(String(workerData));
const output: Uint8Array[] = [];
Object.assign(process.stdout, { write: (lines: Uint8Array) => output.push(lines) > 0 });

parentPort?.on('message', async ({ packed, json = '' }: Invocation) => {
  const event: unknown = packed
    ? unpackEvent(Buffer.from(packed.buffer, packed.byteOffset, packed.length))
    : JSON.parse(json);
  const answer: unknown = await handler(event, context());
  parentPort?.postMessage({ answer, lines: Buffer.concat(output.splice(0)) });
});
