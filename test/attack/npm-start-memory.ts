import type { Attack } from './attack.ts';
import { NpmStart } from './npm-start-process.ts';

const EVENTS = Number(process.env.ATTACK_EVENTS ?? 100_000);
const EVENTS_PER_POST = 500;
/** Posts at the same time, and so execution environments of the publisher. */
const IN_FLIGHT = 2;
const MAX_GROWTH_MIB = 50;
const CONSUME_DEADLINE_MS = 60_000;

/** Posts of many events to a real `npm start`, whose output is read as it comes. */
export const npmStartMemory: Attack = {
  name: 'npm-start-memory',
  property: `npm start stays within ${MAX_GROWTH_MIB} MiB of its start`,
  // A machine that is busy takes 1,000 events a second.
  deadlineMs: 120_000 + EVENTS,
  async run(ground) {
    const service = await NpmStart.start(ground);
    let posted = 0;
    const post = async () => {
      const events = Array.from({ length: EVENTS_PER_POST }, () => {
        posted++;
        return {
          specversion: '1.0',
          id: String(posted),
          source: '/attack',
          type: 'message.posted',
          data: { id: posted, message: 'a message of ordinary length', timestamp: posted },
        };
      });
      const response = await fetch(`http://localhost:${service.httpPort}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents-batch+json' },
        body: JSON.stringify(events),
      });
      const answer = await response.text();
      if (response.status !== 202) throw new Error(`a post is answered ${response.status}: ${answer}`);
    };
    const allConsumed = () =>
      service.until('consuming', () => service.consumed >= posted, CONSUME_DEADLINE_MS);
    const inParallel = (work: () => Promise<void>) => Promise.all(Array.from({ length: IN_FLIGHT }, work));

    await inParallel(post);
    await allConsumed();
    const start = service.memory;
    let peak = start;
    await inParallel(async () => {
      while (posted < EVENTS) {
        await post();
        peak = Math.max(peak, service.memory);
      }
    });
    await allConsumed();
    const numbers = `${start} MiB at the start, ${peak} at most, ${service.memory} after ${posted} events`;
    if (peak - start > MAX_GROWTH_MIB) throw new Error(numbers);
    return numbers;
  },
};
