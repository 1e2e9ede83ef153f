import { parentPort, workerData } from 'node:worker_threads';
import { context } from './events.ts';

// A function without a sandbox, for `bareMapping`: the handler of a bundle, its answer and its output.
const { handler } = require(String(workerData));
const output: Uint8Array[] = [];
Object.assign(process.stdout, { write: (lines: Uint8Array) => output.push(lines) > 0 });

parentPort?.on('message', async (event: Uint8Array) => {
  const json = Buffer.from(event.buffer, event.byteOffset, event.length).toString();
  const answer: unknown = await handler(JSON.parse(json), context());
  parentPort?.postMessage({ answer, lines: Buffer.concat(output.splice(0)) });
});
