import { createConsumeHandler } from '../../../lib/consume/consume-handler.ts';
import { createLog } from '../../../lib/log.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import {
  type KafkaFixture,
  type RecordingFunction,
  recordingFunction,
  startKafkaFixture,
  valuesOf,
} from '../../support/event-source-mapping.ts';
import { message } from '../../support/message.ts';

// AWS documents no pause between attempts, so that this mapping makes none: what slows it down is the handler.
jest.mock('../../../lib/local/mapping/retry-policy.ts', () => ({
  ...jest.requireActual('../../../lib/local/mapping/retry-policy.ts'),
  backoffMs: () => 0,
}));
const event = (id: number) => JSON.stringify(message(id));
const POISON = event(1);
const OBSERVED_MS = 3_000;

let kafka: KafkaFixture;
beforeEach(async () => {
  kafka = await startKafkaFixture();
});
afterEach(async () => {
  await kafka.stop();
});

interface Attempt {
  readonly begin: number;
  readonly end: number;
}

/** A consumer whose work fails at once for one record, and when it was tried. */
function failingConsumer(options: { reportBatchItemFailures: boolean; timeoutMs?: number }): {
  fn: RecordingFunction;
  attempts: Attempt[];
} {
  const { reportBatchItemFailures, timeoutMs = 60_000 } = options;
  const handler = createConsumeHandler({
    processEvent: ({ data }) => {
      if (Object(data).id === 1) throw new Error('the bug');
    },
    deadLetterQueue: { topicFor: (topic) => `${topic}.dlq`, write: async () => {} },
    reportBatchItemFailures,
    logicalTopic: () => 'events',
    log: () => createLog({ write: () => {} }),
  });
  const attempts: Attempt[] = [];
  const fn = recordingFunction();
  fn.answer = async (batch) => {
    const begin = Date.now();
    const context = {
      awsRequestId: 'request-1',
      functionName: 'consume',
      getRemainingTimeInMillis: () => begin + timeoutMs - Date.now(),
    };
    const answer = await handler(batch, context).then(
      (payload) => ({ payload }),
      ({ name, message: text }: Error) => ({ error: { errorType: name, errorMessage: text } }),
    );
    if (valuesOf([batch]).includes(POISON)) attempts.push({ begin, end: Date.now() });
    return answer;
  };
  return { fn, attempts };
}

test.each([
  ['reports of the record', true],
  ['failures of the whole batch', false],
])('a record that fails at once is tried a few times in seconds, not thousands: %s', async (_, reports) => {
  const { fn, attempts } = failingConsumer({ reportBatchItemFailures: reports });
  await kafka.startMapping(fn, {
    reportBatchItemFailures: reports,
    pollers: { minimum: 1, maximum: 1, group: undefined },
  });
  await kafka.send([POISON], 0);
  await eventually('the first attempt', () => attempts.length > 0);
  await eventually('the time of the observation', () => Date.now() > (attempts[0]?.begin ?? 0) + OBSERVED_MS);
  // At 0, 0, 100, 300, 700, 1,500 and 3,100 ms.
  expect(attempts.length).toBeGreaterThanOrEqual(4);
  expect(attempts.length).toBeLessThanOrEqual(7);
});

test('the pause ends before the time of the function is over', async () => {
  const timeoutMs = 1_600;
  const { fn, attempts } = failingConsumer({ reportBatchItemFailures: true, timeoutMs });
  await kafka.startMapping(fn, {
    reportBatchItemFailures: true,
    pollers: { minimum: 1, maximum: 1, group: undefined },
  });
  await kafka.send([POISON], 0);
  // At 0, 0, 100, 300, 700 and 1,500 ms; the pause of the last would be 1,600 ms, and a quarter is left for the answer.
  await eventually('six attempts', () => attempts.length >= 6);
  const took = attempts.map(({ begin, end }) => end - begin);
  expect(Math.max(...took)).toBeLessThan(timeoutMs);
  expect(took[5]).toBeGreaterThan(800);
});

test('another partition goes on meanwhile, and the record is processed once the bug is gone', async () => {
  const { fn, attempts } = failingConsumer({ reportBatchItemFailures: true });
  const failing = fn.answer;
  const mapping = await kafka.startMapping(fn, {
    reportBatchItemFailures: true,
    pollers: { minimum: 1, maximum: 1, group: undefined },
  });
  await kafka.send([POISON], 0);
  await eventually('the record fails for the fourth time', () => attempts.length >= 4);
  await kafka.send([event(2)], 1);
  await eventually(
    'the other record is committed',
    async () => (await kafka.committed(mapping.consumerGroupId))[1] === 1,
  );
  fn.answer = async (batch, index) => (valuesOf([batch]).includes(POISON) ? {} : failing(batch, index));
  await eventually(
    'the record is committed',
    async () => (await kafka.committed(mapping.consumerGroupId))[0] === 1,
  );
});
