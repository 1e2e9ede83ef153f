import { setTimeout as sleep } from 'node:timers/promises';
import { LocalService, serviceCopy } from './local-service.ts';
import { progress } from './progress.ts';
import type { Row } from './row.ts';

const EVENTS = 500_000;
/** The most that one request takes. */
const BATCH = 500;
/** Requests at the same time. */
const CLIENTS = 2;
const SAMPLE_MS = 250;
/** Until what is no longer used has been given back: execution environments end after 5 s, and V8 keeps their pages for 8 s more. */
const SETTLE_MS = 15_000;
/** Behind this, requests wait for the consumer. */
const MAX_LAG = 20_000;

/** What `npm start` takes more than when it has just answered its first request. */
export async function run(): Promise<readonly Row[]> {
  const copy = serviceCopy();
  const service = await LocalService.start(copy.directory);
  try {
    await service.hasConsumed(1);
    const start = service.memory();
    const samples: number[] = [];
    const sampling = setInterval(() => {
      samples.push(service.memory());
      progress(`${service.consumed} of ${EVENTS} events, ${samples.at(-1)?.toFixed(0)} MB`);
    }, SAMPLE_MS);
    await postAll(service);
    clearInterval(sampling);
    await sleep(SETTLE_MS);
    const after = service.memory();
    const note = `${start.toFixed(0)} MB at the start`;
    return [
      { name: 'memory-during', of: '', values: [Math.max(...samples) - start], note },
      { name: 'memory-after', of: '', values: [after - start], note },
    ];
  } finally {
    await service.stop();
    copy.remove();
  }
}

async function postAll(service: LocalService): Promise<void> {
  let posted = service.consumed;
  const client = async () => {
    while (posted < EVENTS) {
      posted += BATCH;
      await service.post(BATCH);
      await service.hasConsumed(posted - MAX_LAG);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await service.hasConsumed(posted);
}
