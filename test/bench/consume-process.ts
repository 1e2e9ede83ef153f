import { kafkaConsumer } from '@aws-lambda-powertools/kafka';
import * as z from 'zod';
import { handler } from '../../handlers/consume.ts';
import { createConsumeHandler } from '../../lib/consume/consume-handler.ts';
import type { MskEvent } from '../../lib/consume/msk-event.ts';
import type { ProcessEvent } from '../../lib/consume/process-event.ts';
import { createLog } from '../../lib/log.ts';
import { validateEvent } from '../../lib/schema/validation.ts';
import { allocatedBy, heapAfter } from './allocated.ts';
import { cpuTimeOf } from './cpu-time.ts';
import { batch, context, event } from './events.ts';
import { onMeasure } from './fresh-process.ts';
import { handler as powertoolsHandler } from './peers/consume.ts';

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

const scratch = Buffer.alloc(64 * 1024);
const base64Text = (text: string) => scratch.toString('utf8', 0, scratch.write(text, 'base64'));
const bytesText = (bytes: readonly number[]) => {
  for (let index = 0; index < bytes.length; index++) scratch[index] = bytes[index] ?? 0;
  return scratch.toString('utf8', 0, bytes.length);
};
const { attributes } = event(0);

/** The steps of `decoding` that nobody can leave out, by hand in one loop: nothing is checked but the schema. */
const bare: Consume = ({ records }) => {
  for (const partition of Object.values(records)) {
    for (const { key, value, headers } of partition) {
      const data: unknown = JSON.parse(base64Text(value ?? ''));
      work(validateEvent({ attributes, data }), base64Text(key ?? ''));
      for (const header of headers) for (const name in header) work(name, bytesText(header[name] ?? []));
    }
  }
};

const consumer = (processEvent: ProcessEvent) =>
  createConsumeHandler({
    processEvent,
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

/** Attributes, key, value and headers are read, these as text. */
const decoding = consumer(({ attributes, data }, { record: { key, headers } }) => {
  work(attributes, key?.text, data);
  for (const [name, value] of headers) work(name, value.text);
});

const messagePosted = z.object({ id: z.int(), message: z.string(), timestamp: z.number() });

const powertools = kafkaConsumer(
  async ({ records }) => {
    for (const { key, value, headers } of records) work(key, value, headers);
  },
  { value: { type: 'json', parserSchema: messagePosted } },
);

const contenders: Readonly<Record<string, Consume>> = {
  floor,
  bare,
  decoding: (event) => decoding(event, context()),
  // It is typed as the runtime's own event and context, of which it takes as much as is here.
  powertools: (event) => Reflect.apply(powertools, undefined, [event, context()]),
  handler: (event) => handler(event, context()),
  'powertools-handler': (event) => Reflect.apply(powertoolsHandler, undefined, [event, context()]),
};

const measures: Readonly<Record<string, (consume: () => unknown) => Promise<number>>> = {
  cpu: (consume) => cpuTimeOf(consume, MEASURED_MS),
  bytes: allocatedBy,
  heap: heapAfter,
};

async function start(contender = '', headerSet = '', size = '', measure = 'cpu', partitions = '3') {
  const run = contenders[contender];
  const measured = measures[measure];
  if (run === undefined || measured === undefined) throw new Error(`There is no ${contender} or ${measure}`);
  const event = batch(Number(size), headerSet, Number(partitions));
  const consume = async () => {
    await run(event);
    // What is written last is written when all is.
    if (contender.endsWith('handler')) await new Promise((resolve) => process.stdout.write('', resolve));
  };
  await cpuTimeOf(consume, WARM_UP_MS);
  onMeasure(async () => ({ record: (await measured(consume)) / Number(size) }));
}

void start(...process.argv.slice(2));
