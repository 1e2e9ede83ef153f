import { createConsumeHandler } from '../../../lib/consume/consume-handler.ts';
import { createPublishHandler } from '../../../lib/http/publish-handler.ts';
import type { HttpResponse } from '../../../lib/http/response.ts';
import { connectionOptions } from '../../../lib/kafka/client/connection.ts';
import { type KafkaConfiguration, kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import { createProducer } from '../../../lib/kafka/producer/producer.ts';
import type { KafkaRecord } from '../../../lib/kafka/record.ts';
import type { InvocationResult } from '../../../lib/local/function/invocation-result.ts';
import type { PackedEvent } from '../../../lib/local/function/packed-event.ts';
import { startEventSourceMapping } from '../../../lib/local/mapping/event-source-mapping.ts';
import { createLog } from '../../../lib/log.ts';
import { parseEventSourceMappings } from '../../../lib/mapping/declaration.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { readTopic } from '../../support/read-topic.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { sendTo } from '../../support/send-to.ts';
import type { ChaosKafka } from './chaos-kafka.ts';

const TOPIC = 'events';
const DEAD_LETTER_TOPIC = 'events.dlq';
const PARTITIONS = 4;
const WRITERS = 8;
const POISON_SHARE = 0.04;
const INVALID_SHARE = 0.04;
const CRASH_SHARE = 0.15;
/** From the last fault until everything is processed and rejected, so that the report comes before the limit of the test. */
const DRAIN_MS = 90_000;

export interface ChaosOptions {
  readonly seed: number;
  /** Valid events that are to be accepted, at least; publishing goes on until every fault had its turn. */
  readonly events: number;
  /** Stopped at the end. */
  readonly kafka: ChaosKafka;
}

/** What happened, and everything that should not have. */
export interface ChaosReport {
  readonly accepted: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly fates: Readonly<Record<string, number>>;
  readonly poison: number;
  readonly logged: number;
  readonly duplicates: number;
  readonly violations: readonly string[];
}

/**
 * Runs the loop, from HTTP request to consumer log, under a seeded schedule of faults, and checks the promise: every
 * accepted event is processed at least once, in order per key by first appearance; every poison record is in the dead
 * letter topic; nothing that was refused is in the topic; no partition is stuck at the end.
 */
export async function runChaos({ seed, events, kafka }: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(seed);
  const count = { answers: tally(), faults: tally(), fates: tally() };
  const log = createLog({ write: () => {} });

  await kafka.createTopic(TOPIC, PARTITIONS);
  await kafka.createTopic(DEAD_LETTER_TOPIC, PARTITIONS);
  const configuration = kafkaConfiguration({ KAFKA_BROKERS: kafka.address });

  const consumer = chaoticConsumer(configuration, random, count.fates);
  const mapping = await startEventSourceMapping({
    declaration: declaration(),
    kafka: configuration,
    invoke: consumer.invoke,
    functionTimeoutMs: 5_000,
    log,
  });
  const producer = createProducer(impatient(configuration), log);
  const publish = createPublishHandler(() => ({ producer, topicName: () => TOPIC }), log);

  const faults = faultSchedule(kafka, random, count.faults);

  const stopFaults = faults.run();
  const publishers = publishUnderFaults({
    events,
    goOn: () => !faults.allHadTheirTurn(),
    random,
    publish,
    answers: count.answers,
    producer,
  });
  const { accepted, refused, poison } = await publishers;
  await stopFaults();

  const drained = Date.now() + DRAIN_MS;
  const violations: string[] = [];
  const outstanding = (): string[] => [...accepted.keys()].filter((id) => !consumer.seen.has(id));
  await eventually('every accepted event is processed', () => outstanding().length === 0, DRAIN_MS).catch(
    () => {
      const missing = outstanding();
      violations.push(
        `${missing.length} accepted events were never processed, for example ${missing.slice(0, 5)}`,
      );
    },
  );
  const deadLettered = async () =>
    new Set((await readTopic(kafka, DEAD_LETTER_TOPIC)).map(({ headers }) => String(headers['poison-id'])));
  await eventually(
    'every poison record is dead-lettered',
    async () => {
      const letters = await deadLettered();
      return poison.every((id) => letters.has(id));
    },
    drained - Date.now(),
  ).catch(() => violations.push('poison records are missing from the dead letter topic'));

  const stored = new Set((await readTopic(kafka, TOPIC)).map(({ headers }) => String(headers.ce_id)));
  violations.push(
    ...refused.filter((id) => stored.has(id)).map((id) => `${id} was refused and is in the topic`),
  );
  violations.push(...consumer.orderViolations());

  await mapping.stop();
  await producer.disconnect();
  await consumer.close();
  await kafka.stop();
  return {
    accepted: accepted.size,
    ...count,
    poison: poison.length,
    logged: consumer.logged(),
    duplicates: consumer.logged() - consumer.seen.size,
    violations,
  };
}

function tally(): Record<string, number> {
  return {};
}

function add(counts: Record<string, number>, name: string | number): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function declaration() {
  const arn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/chaos/00000000-0000-0000-0000-000000000000-1';
  const [parsed] = parseEventSourceMappings({
    consume: {
      events: [
        {
          msk: {
            arn,
            topic: TOPIC,
            consumerGroupId: 'chaos',
            batchSize: 40,
            maximumBatchingWindow: 0,
            functionResponseType: 'ReportBatchItemFailures',
            provisionedPollers: { min: 1, max: PARTITIONS },
          },
        },
      ],
    },
  });
  if (parsed === undefined) throw new Error('no event source mapping was declared');
  return parsed;
}

/** Connections that give up early, so that a run meets many faults in little time. */
function impatient(configuration: KafkaConfiguration) {
  return async () => ({
    ...(await connectionOptions(configuration)),
    connectionTimeout: 500,
    authenticationTimeout: 500,
    requestTimeout: 500,
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

type Random = ReturnType<typeof seededRandom>;

/** The function behind the mapping, which crashes, times out and fails now and then. */
function chaoticConsumer(configuration: KafkaConfiguration, random: Random, fates: Record<string, number>) {
  const seen = new Map<string, number>();
  const lastSequence = new Map<string, number>();
  const violations: string[] = [];
  let logged = 0;
  const producer = createProducer(impatient(configuration), createLog({ write: () => {} }));

  const appeared = (id: string): void => {
    logged++;
    seen.set(id, (seen.get(id) ?? 0) + 1);
    const [key = '', sequence = ''] = id.split('#');
    const last = lastSequence.get(key) ?? -1;
    if (Number(sequence) > last + 1) violations.push(`${id} appeared before ${key}#${last + 1}`);
    lastSequence.set(key, Math.max(last, Number(sequence)));
  };

  const invoke = async (packed: PackedEvent): Promise<InvocationResult> => {
    const event = packed.unpack();
    const fate = random.chance(CRASH_SHARE) ? random.pick(['crash', 'timeout', 'failure']) : 'fine';
    add(fates, fate);
    const survives = fate === 'fine' ? Number.POSITIVE_INFINITY : random.integer(0, 30);
    let processed = 0;
    let crash = () => {};
    const crashed = new Promise<InvocationResult>((resolve) => {
      crash = () => resolve(failed('Runtime.ExitError', 'exit status 1'));
    });
    const handler = createConsumeHandler({
      processEvent: ({ attributes }) => {
        if (processed++ >= survives) {
          if (fate === 'failure') throw new Error('the database is away');
          if (fate === 'crash') {
            crash();
            // A process that is gone does not go on with the next record.
            return new Promise<void>(() => {});
          }
        }
        appeared(attributes.id);
        return undefined;
      },
      deadLetterQueue: {
        topicFor: () => DEAD_LETTER_TOPIC,
        write: async (topic, record, deadline) => {
          const [delivery] = await sendTo(producer, topic, [record], deadline);
          if (delivery?.status === 'failed') throw delivery.error;
        },
      },
      reportBatchItemFailures: true,
      logicalTopic: (topic) => topic,
      log: () => createLog({ write: () => {} }),
    });
    const end = Date.now() + 5_000;
    const context = {
      awsRequestId: `chaos-${logged}`,
      functionName: 'consume',
      getRemainingTimeInMillis: () => (fate === 'timeout' && processed > survives ? 0 : end - Date.now()),
    };
    const answered = handler(event, context).then(
      (payload): InvocationResult => ({ ok: true, payload, requestId: context.awsRequestId }),
      (error): InvocationResult => failed('Error', String(error)),
    );
    return Promise.race([answered, crashed]);
  };

  return {
    invoke,
    seen,
    logged: () => logged,
    orderViolations: () => violations,
    close: () => producer.disconnect(),
  };
}

function failed(errorType: string, errorMessage: string): InvocationResult {
  return { ok: false, error: { errorType, errorMessage }, requestId: 'chaos' };
}

/** Faults one after another, each ended before the next: every one once, in random order, then any. */
function faultSchedule(kafka: ChaosKafka, random: Random, counts: Record<string, number>) {
  const faults = kafka.faults(random);
  const waiting = new Set(Object.keys(faults));
  return {
    allHadTheirTurn: () => waiting.size === 0,
    run: () => {
      let stopped = false;
      const done = (async () => {
        while (!stopped) {
          const name = random.pick(waiting.size > 0 ? [...waiting] : Object.keys(faults));
          waiting.delete(name);
          add(counts, name);
          await faults[name]?.();
          await pause(random.integer(50, 600));
          await kafka.clear();
          await pause(random.integer(50, 400));
        }
        await kafka.clear();
      })();
      return async () => {
        stopped = true;
        await done;
      };
    },
  };
}

interface PublishOptions {
  readonly events: number;
  /** Whether to publish on although all events were accepted. */
  readonly goOn: () => boolean;
  readonly random: Random;
  readonly publish: ReturnType<typeof createPublishHandler>;
  readonly producer: ReturnType<typeof createProducer>;
  readonly answers: Record<string, number>;
}

/** Writers that send what they have in order, and send again with the same id what was not acknowledged. */
async function publishUnderFaults({ events, goOn, random, publish, producer, answers }: PublishOptions) {
  const accepted = new Map<string, number>();
  const refused: string[] = [];
  const poison: string[] = [];

  const post = async (body: unknown): Promise<HttpResponse> => {
    const end = Date.now() + 4_000;
    const request = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await publish(request, {
      awsRequestId: 'chaos',
      getRemainingTimeInMillis: () => end - Date.now(),
    });
    add(answers, response.statusCode);
    return response;
  };

  const write = async (writer: number): Promise<void> => {
    let sequence = 0;
    const mine = Math.ceil(events / WRITERS);
    const hasMore = () => sequence < mine || goOn();
    let pending: ReturnType<typeof orderShipped>[] = [];
    while (hasMore() || pending.length > 0) {
      for (let n = random.integer(1, 12); n > 0 && hasMore(); n--) {
        pending.push(orderShipped(`order-${writer}`, sequence++));
      }
      await disturb(`${writer}-${sequence}`, pending);
      if (pending.length === 0) continue;
      const delivered = deliveredIds(await post(pending), pending);
      for (const id of delivered) accepted.set(id, (accepted.get(id) ?? 0) + 1);
      pending = pending.filter(({ id }) => !delivered.has(id));
      await pause(random.integer(0, 60));
    }
  };

  /** Now and then an invalid event beside the pending ones, or a record that no consumer can process. */
  const disturb = async (place: string, pending: readonly unknown[]): Promise<void> => {
    if (random.chance(INVALID_SHARE)) {
      const id = `refused-${place}`;
      refused.push(id);
      await post([...pending, { type: 'order.shipped', id, data: { orderId: 1 } }]);
    }
    if (random.chance(POISON_SHARE)) poison.push(await sendPoison(producer, random, `poison-${place}`));
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  return { accepted, refused, poison };
}

function orderShipped(orderId: string, sequence: number) {
  const data = { orderId, carrier: 'post', trackingNumber: String(sequence) };
  return { type: 'order.shipped', id: `${orderId}#${sequence}`, data };
}

function deliveredIds(response: HttpResponse, sent: readonly { readonly id: string }[]): Set<string> {
  if (response.statusCode === 202) return new Set(sent.map(({ id }) => id));
  if (response.statusCode !== 207) return new Set();
  const { deliveries }: { deliveries: { id: string; status: string }[] } = JSON.parse(response.body);
  return new Set(deliveries.filter(({ status }) => status === 'delivered').map(({ id }) => id));
}

/** A record that no consumer can ever process, written past the HTTP API. */
async function sendPoison(
  producer: ReturnType<typeof createProducer>,
  random: Random,
  id: string,
): Promise<string> {
  const text = (content: string) => Buffer.from(content);
  const attributes = (type: string): KafkaRecord['headers'] => [
    ['ce_specversion', text('1.0')],
    ['ce_id', text(id)],
    ['ce_source', text('/chaos')],
    ['ce_type', text(type)],
  ];
  const record = random.pick<KafkaRecord>([
    { key: null, value: text('not JSON'), headers: [] },
    { key: null, value: Buffer.from([0x22, 0xff, 0xfe, 0x22]), headers: [] },
    { key: null, value: null, headers: [] },
    { key: null, value: text(''), headers: [] },
    { key: null, value: text('['.repeat(2_000)), headers: [] },
    { key: null, value: text('{"id":"not a number"}'), headers: [] },
    { key: text('k'), value: text('{}'), headers: attributes('nobody.knows') },
    { key: text('k'), value: text('{}'), headers: attributes('order.shipped') },
    { key: text('k'), value: text('{}'), headers: [['ce_specversion', text('0.1')]] },
    { key: null, value: text('<a/>'), headers: [['content-type', text('text/xml')]] },
  ]);
  const marked = { ...record, headers: [...record.headers, ['poison-id', text(id)] as const] };
  for (;;) {
    const [delivery] = await sendTo(producer, TOPIC, [marked], Date.now() + 4_000);
    if (delivery?.status === 'delivered') return id;
  }
}
