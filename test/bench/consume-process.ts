import { kafkaConsumer } from '@aws-lambda-powertools/kafka';
import { handler } from '../../handlers/consume.ts';
import { createConsumeHandler } from '../../lib/consume/consume-handler.ts';
import type { MskEvent } from '../../lib/consume/msk-event.ts';
import { createLog } from '../../lib/log.ts';
import { cpuTimeOf } from './cpu-time.ts';
import { batch, context } from './events.ts';
import { onMeasure } from './fresh-process.ts';

const WARM_UP_MS = 400;
const MEASURED_MS = 60;

type Consume = (event: MskEvent) => unknown;

/** What is done with a record: nothing. */
function work(..._parts: readonly unknown[]): void {}

const floor: Consume = ({ records }) => {
  for (const partition of Object.values(records)) {
    for (const { value } of partition) {
      work(JSON.parse(Buffer.from(value ?? '', 'base64').toString()));
    }
  }
};

const ours = createConsumeHandler({
  processEvent: work,
  deadLetterQueue: {
    topicFor: (topic) => `${topic}.dlq`,
    write: async () => {
      throw new Error('a record was rejected');
    },
  },
  reportBatchItemFailures: false,
  logicalTopic: (topic) => topic,
  log: (requestId) => createLog({ fields: { requestId } }),
});

const powertools = kafkaConsumer(
  async ({ records }) => {
    for (const { key, value, headers } of records) work(key, value, headers);
  },
  { value: { type: 'json' } },
);

const contenders: Readonly<Record<string, Consume>> = {
  floor,
  ours: (event) => ours(event, context()),
  'ours-logging': (event) => handler(event, context()),
  // It is typed as the runtime's own event and context, of which it takes as much as is here.
  powertools: (event) => Reflect.apply(powertools, undefined, [event, context()]),
};

async function start(contender = '', headerSet = '', size = ''): Promise<void> {
  process.stdout.write = () => true;
  const consume = contenders[contender] ?? floor;
  const event = batch(Number(size), headerSet);
  await cpuTimeOf(() => consume(event), WARM_UP_MS);
  onMeasure(async () => ({ record: (await cpuTimeOf(() => consume(event), MEASURED_MS)) / Number(size) }));
}

void start(...process.argv.slice(2));
