import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Claim } from '../../../../lib/consume/deduplication.ts';
import { idempotencyTable } from '../../../../lib/consume/idempotency-table.ts';
import { ServiceError } from '../../../../lib/errors.ts';
import { type FaultyTable, startFaultyTable, type TableFault } from '../../../support/idempotency-table.ts';

let table: FaultyTable;
let events = 0;
let event: string;
beforeEach(async () => {
  table = await startFaultyTable();
  event = `event ${events++}`;
});

const store = (options: { functionName?: string; tableName?: string } = {}) =>
  idempotencyTable({
    functionName: 'consume',
    tableName: table.tableName,
    endpoint: table.endpoint,
    ...options,
  });
const time = (ms = 20_000, waitMs = ms) => ({
  deadline: Date.now() + ms,
  signal: AbortSignal.timeout(Math.max(0, waitMs)),
});

/** The time of an invocation that ends when it asks for its claim again. */
function untilAskedAgain() {
  const waiting = new AbortController();
  let asked = 0;
  table.fault = (operation) => {
    if (operation === 'PutItem' && ++asked === 2) waiting.abort();
    return undefined;
  };
  return { deadline: Date.now() + 20_000, signal: waiting.signal };
}

async function claimed(claiming: Promise<Claim | undefined>): Promise<Claim> {
  const claim = await claiming;
  if (claim === undefined) throw new Error('the event was processed before');
  return claim;
}

const status = { S: 'IN_PROGRESS' };
const owner = { S: 'somebody' };
/** Puts what a test says in place of the item of the event. */
async function replaceItem(item: Parameters<FaultyTable['put']>[0]): Promise<void> {
  const [found] = await table.items();
  if (found?.eventKey === undefined) throw new Error('there is no item');
  await table.put({ eventKey: found.eventKey, ...item });
}

test('an event is claimed once, and not again after the work on it was completed', async () => {
  const claim = await claimed(store().claim(event, time()));
  await claim.complete();
  expect(await store().claim(event, time())).toBeUndefined();
});

test('an event whose work failed can be claimed again', async () => {
  const claim = await claimed(store().claim(event, time()));
  await claim.abandon();
  await claimed(store().claim(event, time()));
});

test('each function processes each event', async () => {
  await (await claimed(store().claim(event, time()))).complete();
  await claimed(store({ functionName: 'bill' }).claim(event, time()));
});

test('a source or id that is longer than a key is kept', async () => {
  event = `${event} ${'long'.repeat(5_000)}`;
  await (await claimed(store().claim(event, time()))).complete();
  expect(await store().claim(event, time())).toBeUndefined();
});

test('completed events are kept for thirty days', async () => {
  await (await claimed(store().claim(event, time()))).complete();
  const [item] = await table.items();
  const days = (Number(item?.expiresAt?.N) - Date.now() / 1_000) / 86_400;
  expect(days).toBeCloseTo(30, 1);
});

describe('of two deliveries of one event at once', () => {
  test('the second waits, and finds it processed', async () => {
    const first = await claimed(store().claim(event, time()));
    const second = store().claim(event, time());
    await sleep(100);
    await first.complete();
    expect(await second).toBeUndefined();
  });

  test('the second waits, and does the work when the first failed', async () => {
    const first = await claimed(store().claim(event, time()));
    const second = store().claim(event, time());
    await first.abandon();
    await claimed(second);
  });

  test('the second waits until it runs out of time, and its record is delivered again', async () => {
    await claimed(store().claim(event, time()));
    await expect(store().claim(event, untilAskedAgain())).rejects.toMatchObject({
      code: 'event_in_progress',
      retriable: true,
    });
  });

  test('one alone gets it when both ask in the same moment, even in one execution environment', async () => {
    const one = store();
    const claims = [1, 2, 3].map(() => one.claim(event, time()));
    await (await claimed(Promise.any(claims))).complete();
    const outcomes = await Promise.all(claims);
    expect(outcomes.filter((claim) => claim !== undefined)).toHaveLength(1);
  });
});

test('the claim of an invocation that crashed or timed out ends with its time', async () => {
  const begin = Date.now();
  await claimed(store().claim(event, time(-700, 5_000)));
  await claimed(store().claim(event, time()));
  // A claim holds for a second longer than its invocation.
  expect(Date.now() - begin).toBeGreaterThanOrEqual(300);
});

test('who lost a claim to another can neither complete nor abandon it', async () => {
  const late = await claimed(store().claim(event, time()));
  await replaceItem({ status, owner, inProgressUntil: { N: '0' } });
  const other = await claimed(store().claim(event, time()));
  await late.complete();
  await late.abandon();
  await expect(store().claim(event, untilAskedAgain())).rejects.toMatchObject({
    code: 'event_in_progress',
  });
  await other.complete();
  expect(await store().claim(event, time())).toBeUndefined();
});

test('an event is completed even if its item was deleted meanwhile', async () => {
  const claim = await claimed(store().claim(event, time()));
  await claim.abandon();
  await claim.complete();
  expect(await store().claim(event, time())).toBeUndefined();
});

const now = () => Date.now();
test.each([
  ['a claim without an end', () => ({ status, owner })],
  ['a claim that ends as a text', () => ({ status, owner, inProgressUntil: { S: 'tomorrow' } })],
  ['a claim that no invocation can have', () => ({ status, owner, inProgressUntil: { N: `${now() * 2}` } })],
  ['a claim that ends in seconds', () => ({ status, owner, inProgressUntil: { N: `${now() / 1_000}` } })],
  ['an unknown status', () => ({ status: { S: 'DONE?' } })],
  ['a status of another type', () => ({ status: { N: '1' } })],
  ['nothing but a key', () => ({})],
  [
    'a completed event that DynamoDB has not deleted yet',
    () => ({ status: { S: 'COMPLETED' }, expiresAt: { N: `${Math.floor(now() / 1_000) - 1}` } }),
  ],
])('%s does not stand in the way', async (_case, item) => {
  await claimed(store().claim(event, time()));
  await replaceItem(item());
  await (await claimed(store().claim(event, time(20_000, 10_000)))).complete();
  expect(await store().claim(event, time())).toBeUndefined();
});

test('a completed event without an end is processed for good', async () => {
  await claimed(store().claim(event, time()));
  await replaceItem({ status: { S: 'COMPLETED' } });
  expect(await store().claim(event, time())).toBeUndefined();
});

describe('a table with faults', () => {
  const passing: TableFault[] = ['throttled', 'failed', 'reset', 'answer lost', 'silent'];
  test.each(passing)('that pass is asked again: %s', async (fault) => {
    table.failing(fault, 1);
    const claim = await claimed(store().claim(event, time()));
    table.failing(fault, 1);
    await claim.complete();
    table.failing(fault, 1);
    expect(await store().claim(event, time())).toBeUndefined();

    event += ' failed';
    const failed = await claimed(store().claim(event, time()));
    table.failing(fault, 1);
    await failed.abandon();
    await claimed(store().claim(event, time()));
  });

  test('that stay has the record delivered again before the time is over', async () => {
    table.fault = () => 'throttled';
    await expect(store().claim(event, time(20_000, 500))).rejects.toMatchObject({
      code: 'idempotency_unavailable',
      retriable: true,
      message: expect.stringContaining('idempotency did not answer in time'),
    });
    // Doubling pauses.
    expect(table.requests.length).toBeLessThan(8);
  });

  test('while the work is completed has it done again', async () => {
    const claim = await claimed(store().claim(event, time(2_000)));
    // To the end: the table may receive the last request after the caller has given it up.
    table.fault = (_operation, body) => (body.includes('"status":{"S":"COMPLETED"}') ? 'failed' : undefined);
    await expect(claim.complete()).rejects.toMatchObject({ code: 'idempotency_unavailable' });
    await claimed(store().claim(event, time()));
  });

  test('that no time heals is named at once', async () => {
    await expect(store({ tableName: 'missing' }).claim(event, time())).rejects.toMatchObject({
      code: 'configuration_error',
      message: expect.stringMatching(/^The idempotency table missing refused the request.*IDEMPOTENCY_TABLE/),
    });
    expect(table.requests).toEqual(['PutItem']);
  });
});

/** How one delivery of an event ends. */
const endings = ['succeeds', 'fails', 'crashes before the work', 'crashes after the work'] as const;
const faults: (TableFault | undefined)[] = [
  'throttled',
  'failed',
  'reset',
  'answer lost',
  undefined,
  undefined,
];

/** An event that is delivered several times at once, and what became of the work on it. */
function deliveredEvent(key: string) {
  let effects = 0;
  let atWork = 0;
  let isCompleted = false;
  const work = async (ending: (typeof endings)[number]) => {
    expect(isCompleted).toBe(false);
    expect(++atWork).toBe(1);
    await sleep(1);
    if (ending !== 'crashes before the work' && ending !== 'fails') effects++;
    atWork--;
  };
  /** Delivers until an answer says that it need not be delivered again, as a mapping does. */
  const deliver = async (ending: (typeof endings)[number], deliveriesLeft = 20): Promise<void> => {
    if (deliveriesLeft === 0) throw new Error(`the event ${key} was still not processed`);
    // A claim holds for a second longer than its invocation. One that does not crash has time on any machine.
    const remaining = ending.startsWith('crashes') ? time(-600, 300) : time(60_000);
    const claimEnds = remaining.deadline + 1_000;
    const claim = await store()
      .claim(key, remaining)
      .catch((error) => {
        if (!(error instanceof ServiceError && error.retriable)) throw error;
        return 'out of time' as const;
      });
    if (claim === undefined) return;
    // On a machine that stands still for so long, the invocation is over before it works.
    if (claim === 'out of time' || Date.now() > claimEnds) return deliver('succeeds', deliveriesLeft - 1);
    await work(ending);
    if (ending === 'fails') await claim.abandon();
    if (ending !== 'succeeds') return deliver('succeeds', deliveriesLeft - 1);
    isCompleted = true;
    await claim.complete();
  };
  return { deliver, effects: () => effects };
}

test('whatever fails at the same time, each event takes effect, and never after it was completed', async () => {
  const deliveries = fc.array(fc.constantFrom(...endings), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(deliveries, { minLength: 1, maxLength: 10 }),
      fc.array(fc.constantFrom(...faults), { minLength: 10, maxLength: 100 }),
      async (all, plan) => {
        const planned = [...plan];
        table.fault = () => planned.shift();
        const run = events++;
        await Promise.all(
          all.map(async (endingsOfEvent, index) => {
            const event = deliveredEvent(`run ${run} event ${index}`);
            await Promise.all(endingsOfEvent.map((ending) => event.deliver(ending)));
            const effects = event.effects();
            const crashes = endingsOfEvent.filter((ending) => ending === 'crashes after the work').length;
            expect(effects).toBeGreaterThanOrEqual(1);
            expect(effects).toBeLessThanOrEqual(1 + crashes);
          }),
        );
      },
    ),
    // Few runs of many events: a run waits for claims to end, and its events wait side by side.
    { numRuns: 3, endOnFailure: true },
  );
});
