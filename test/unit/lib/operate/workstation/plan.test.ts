import { run } from '../../../../../lib/operate/run.ts';

async function plan(...flags: string[]) {
  let out = '';
  let problem = '';
  const exitCode = await run(['plan', ...flags], {
    environment: {},
    standardOutput: (text) => {
      out += text;
    },
    standardError: (text) => {
      problem += text;
    },
    signal: new AbortController().signal,
  });
  return { exitCode, out, problem };
}

test('a plan is one JSON object for programs', async () => {
  const { exitCode, out } = await plan('--events', '50', '--work', '0', '--idempotency', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    workload: { eventsPerSecond: 50, peakFactor: 2, bytesPerEvent: 1_000, idempotency: true },
    services: 1,
    service: { partitions: 3 },
  });
});

test('a plan is for people by default, with the pages that its figures are from', async () => {
  const { exitCode, out } = await plan('--events', '50', '--cluster', 'serverless');
  expect(exitCode).toBe(0);
  expect(out).toContain('MSK Serverless: ');
  expect(out).toContain('not MSK Express brokers: ');
  expect(out).toContain('https://docs.aws.amazon.com/msk/latest/developerguide/limits.html#serverless-quota');
  expect(out.trimEnd()).toMatch(/--param cluster=create$/);
});

test('a price is changed by its name', async () => {
  const [usual, free] = await Promise.all([
    plan('--cluster', 'serverless', '--json'),
    plan('--cluster', 'serverless', '--price', 'logs=0', '--price', 'apiRequest=0', '--json'),
  ]);
  expect(JSON.parse(free.out).monthlyUsd).toBeLessThan(JSON.parse(usual.out).monthlyUsd - 400);
});

test.each([
  ['--events 0', '--events must be a number above 0, not "0"'],
  ['--events many', '--events must be a number above 0, not "many"'],
  ['--peak 0.5', '--peak must be a number from 1, not "0.5"'],
  ['--failures 0.9', '--failures must be a number from 0 to 0.5, not "0.9"'],
  ['--window 0.2', '--window must be 0.5 or whole seconds, not 0.2'],
  ['--batch-size 10001', '--batch-size must be at most 10000, not 10001'],
  ['--cluster confluent', '--cluster must be serverless, standard, express, not "confluent"'],
  ['--price log=1', 'There is no price "log"; did you mean logs?'],
  ['--price logs=cheap', '--price logs must be a price in US dollars, not "cheap"'],
  ['order.placed', 'plan takes no "order.placed"'],
])('%s is refused with what to give instead', async (flags, message) => {
  const { exitCode, problem } = await plan(...flags.split(' '));
  expect(exitCode).toBe(2);
  expect(problem).toContain(message);
});
