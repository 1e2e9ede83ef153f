import { createConsumeHandler } from '../../lib/consume/consume-handler.ts';
import { createPublishHandler } from '../../lib/http/publish-handler.ts';
import type { Delivery } from '../../lib/kafka/producer/producer.ts';
import { createLog } from '../../lib/log.ts';
import {
  httpEvent,
  latticeEvent,
  latticeEvent2,
  loadBalancerEvent,
  multiValueEvent,
  restEvent,
} from '../../lib/testing/http-event.ts';
import { lambdaContext } from '../../lib/testing/lambda-context.ts';
import { cloudEventHeaders, mskRecord } from '../../lib/testing/msk-event.ts';
import { validData } from '../support/valid-data.ts';
import type { Attack, Ground } from './attack.ts';

const REQUESTS = 20_000;
const BATCHES = 2_000;
const RECORDS = 10;
/** AWS Lambda, "Quotas": payload of a synchronous invocation. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

type Random = Ground['random'];

const silent = createLog({ write: () => {} });
const gateways = [httpEvent, restEvent, loadBalancerEvent, multiValueEvent, latticeEvent, latticeEvent2];
const junk: readonly unknown[] = [
  null,
  true,
  -0,
  Number.MAX_VALUE,
  '',
  'a',
  '\ud800',
  '\0',
  '\u202e',
  '%',
  '%ff',
  '"',
  [],
  [[]],
  {},
  JSON.parse('{"__proto__":1}'),
];
const names = [
  'id',
  'source',
  'type',
  'specversion',
  'time',
  'data',
  'data_base64',
  'subject',
  '__proto__',
  'x',
];
const contentTypes = [
  'application/json',
  'application/json; charset=utf-8',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'application/cloudevents',
  'text/plain',
  ',',
];
const types = ['message.posted', 'order.placed', 'order.shipped'] as const;

/** Requests and records that are nearly valid, or nothing of the kind. */
export const handlers: Attack = {
  name: 'handlers',
  property: 'no request gets a 5xx, no record throws or is lost',
  async run({ random }) {
    await attackPublisher(random);
    await attackConsumer(random);
    return `${REQUESTS} hostile requests, ${BATCHES * RECORDS} hostile records`;
  },
};

async function attackPublisher(random: Random): Promise<void> {
  const delivered: Delivery = { status: 'delivered', partition: 0, offset: 0n, timestamp: 1_760_000_000_000 };
  const publish = createPublishHandler(
    () => ({
      producer: { send: async (records) => records.map(() => delivered), disconnect: async () => {} },
      topicName: (logical) => logical,
    }),
    silent,
  );
  for (let count = 0; count < REQUESTS; count++) {
    const event = hostileRequest(random);
    const answer = await publish(event, lambdaContext());
    const isJson = typeof JSON.parse(answer.body) === 'object';
    const isSmall = JSON.stringify(answer).length < MAX_PAYLOAD_BYTES;
    if (answer.statusCode >= 500 || !isJson || !isSmall) {
      throw new Error(`${answer.statusCode} ${answer.body} to ${JSON.stringify(event)}`);
    }
  }
}

async function attackConsumer(random: Random): Promise<void> {
  let done = 0;
  const consume = createConsumeHandler({
    processEvent: () => void done++,
    deadLetterQueue: { topicFor: (topic) => `${topic}.dlq`, write: async () => void done++ },
    reportBatchItemFailures: true,
    logicalTopic: (topic) => topic,
    log: () => silent,
  });
  for (let count = 0; count < BATCHES; count++) {
    const records = Array.from({ length: RECORDS }, (_, offset) => hostileRecord(random, offset));
    done = 0;
    const context = { ...lambdaContext(), functionName: 'consume' };
    const { batchItemFailures } = await consume({ records: { 'events-0': records } }, context);
    if (batchItemFailures.length > 0 || done !== RECORDS) {
      throw new Error(`${done} of ${RECORDS} done of ${JSON.stringify(records)}`);
    }
  }
}

function hostileRequest(random: Random): unknown {
  if (random.chance(0.02)) return random.pick(junk);
  const events = Array.from({ length: random.integer(0, 3) }, () => hostileEvent(random));
  const body = random.pick([events, events[0] ?? {}, random.pick(junk)]);
  const headers: Record<string, string> = {
    'content-type': random.chance(0.6) ? 'application/json' : random.pick(contentTypes),
  };
  while (random.chance(0.1)) headers[`ce-${random.pick(names)}`] = text(random);
  while (random.chance(0.1)) headers[random.pick(['traceparent', 'x-correlation-id', 'ce-'])] = text(random);
  const event: object = random.pick(gateways)({
    body: flipped(random, Buffer.from(JSON.stringify(body))),
    headers,
    base64: random.chance(0.5),
  });
  return spoiled(random, event, 0.03);
}

function hostileEvent(random: Random): object {
  const type = random.pick(types);
  const attributes = { specversion: '1.0', id: random.chance(0.8) ? 'a' : text(random), source: '/a', type };
  return spoiled(random, { ...attributes, data: spoiled(random, validData[type], 0.03) }, 0.03);
}

function hostileRecord(random: Random, offset: number): unknown {
  if (random.chance(0.02)) return random.pick(junk);
  const type = random.pick(types);
  const extra = random.chance(0.3) ? { [random.pick(names)]: text(random) } : {};
  const headers = random.chance(0.7) ? cloudEventHeaders({ type, ...extra }) : [];
  const value = random.chance(0.2) ? hostileEvent(random) : spoiled(random, validData[type], 0.05);
  const record = mskRecord({
    offset,
    key: text(random),
    value: flipped(random, Buffer.from(JSON.stringify(value))),
    headers: random.chance(0.2) ? [...headers, ['content-type', random.pick(contentTypes)]] : headers,
  });
  return spoiled(random, record, 0.03);
}

/** A copy in which each member may be replaced by something else. */
function spoiled(random: Random, object: object, share: number): object {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, random.chance(share) ? random.pick(junk) : value]),
  );
}

/** Now and then with a few other bytes. */
function flipped(random: Random, bytes: Buffer): Buffer {
  if (bytes.length === 0 || random.chance(0.7)) return bytes;
  for (let count = random.integer(1, 3); count > 0; count--) {
    bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
  }
  return bytes;
}

function text(random: Random): string {
  const length = random.chance(0.02) ? 5_000 : random.integer(0, 12);
  const alphabet = random.pick(['abc', 'é☃😀', '\0\u009b\u2028"\\', '%"ü1']);
  return Array.from({ length }, () => random.pick([...alphabet])).join('');
}
