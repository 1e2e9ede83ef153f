import { parentPort, workerData } from 'node:worker_threads';
import { context } from './events.ts';

// The function of `bareMapping`: the handler of a bundle, with its output and nothing else around it.
const { handler } = require(String(workerData));
const output: Uint8Array[] = [];
Object.assign(process.stdout, { write: (lines: Uint8Array) => output.push(lines) > 0 });

parentPort?.on('message', async (event: Uint8Array) => {
  await handler(JSON.parse(Buffer.from(event.buffer, event.byteOffset, event.length).toString()), context());
  parentPort?.postMessage(Buffer.concat(output.splice(0)));
});
