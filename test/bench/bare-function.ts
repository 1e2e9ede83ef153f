import { parentPort } from 'node:worker_threads';
import type { MskEvent } from '../../lib/consume/msk-event.ts';

// What a function does that parses its records and logs each of them, for `bareMapping`: nothing is checked.
parentPort?.on('message', (event: Uint8Array) => {
  const { records }: MskEvent = JSON.parse(
    Buffer.from(event.buffer, event.byteOffset, event.length).toString(),
  );
  let lines = '';
  for (const { topic, partition, offset, value } of Object.values(records).flat()) {
    const timestamp = new Date().toISOString();
    const data: unknown = JSON.parse(Buffer.from(value ?? '', 'base64').toString());
    const line = {
      level: 'info',
      timestamp,
      message: 'event consumed',
      topic,
      partition,
      offset,
      event: { data },
    };
    lines += `${JSON.stringify(line)}\n`;
  }
  parentPort?.postMessage(Buffer.from(lines));
});
