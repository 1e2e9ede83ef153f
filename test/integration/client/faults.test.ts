import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEventsClient, type EventDelivery } from '../../../lib/client/events-client.ts';
import { createPublishHandler } from '../../../lib/http/publish-handler.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { httpEvent } from '../../../lib/testing/http-event.ts';
import { lambdaContext } from '../../../lib/testing/lambda-context.ts';
import { recordingLog } from '../../../lib/testing/recording-log.ts';
import { startTestBroker } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { impatient, TOPIC, testProducer } from '../../support/test-producer.ts';

/** What happens to a request on its way. */
type Fault = 'none' | 'unavailable' | 'lost answer' | 'late answer' | 'no connection';

const CLIENT_TIMEOUT_MS = 1_500;
const SHORT_INVOCATION_MS = 2_500;

let broker: Broker;
let url: string;
let nextFault: () => Fault = () => 'none';
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  broker = await startTestBroker();
  broker.createTopic(TOPIC, 3);
});
beforeEach(async () => {
  const producer = testProducer([broker.address], impatient);
  const handler = createPublishHandler(() => ({ producer, topicName: () => TOPIC }), recordingLog());
  const server = createServer((incoming, outgoing) => void answer(handler, incoming, outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
});
afterEach(async () => {
  await broker.faults.clear();
  for (const close of closing.splice(0)) await close();
});

/** The HTTP API with the function behind it, and what may happen between them and the client. */
async function answer(
  handler: ReturnType<typeof createPublishHandler>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  outgoing.on('error', () => {});
  const fault = nextFault();
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  if (fault === 'no connection') return void outgoing.destroy();
  if (fault === 'unavailable') return void outgoing.writeHead(503).end('{"message":"Service Unavailable"}');
  const headers = { 'content-type': incoming.headers['content-type'] ?? '' };
  const event = httpEvent({ body: Buffer.concat(chunks).toString(), headers });
  const response = await handler(event, lambdaContext({ remainingMs: SHORT_INVOCATION_MS }));
  if (fault === 'lost answer') return void outgoing.destroy();
  // Never within the time of the client, which hangs up.
  if (fault === 'late answer') return;
  outgoing.writeHead(response.statusCode, response.headers).end(response.body);
}

const client = () => createEventsClient({ url, timeoutMs: CLIENT_TIMEOUT_MS, pauseMs: 20, attempts: 8 });

/** Publishes batches of events, one after the other; what became of each event. */
async function publishBatches(name: string, batches: number): Promise<EventDelivery[]> {
  const deliveries: EventDelivery[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const events = [0, 1, 2].map((index) => {
      const id = `${name}-${batch}-${index}`;
      return { type: 'order.shipped', id, data: { orderId: id, carrier: `carrier of ${id}` } } as const;
    });
    deliveries.push(...(await client().publishAll(events)));
  }
  return deliveries;
}

/** Every event that was reported as delivered is there, where the report says, and no id has two kinds of data. */
async function expectHonest(name: string, deliveries: readonly EventDelivery[]): Promise<void> {
  const records = (await readTopic(broker, TOPIC)).map(({ partition, offset, value, headers }) => ({
    place: `${partition}/${offset}`,
    id: String(headers.ce_id),
    content: `${value} ${headers.ce_time}`,
  }));
  const own = records.filter(({ id }) => id.startsWith(`${name}-`));
  for (const delivery of deliveries) {
    if (delivery.status === 'failed') continue;
    const { partition, offset, id } = delivery;
    expect(own.find(({ place }) => place === `${partition}/${offset}`)).toMatchObject({ id });
  }
  for (const { id } of own) {
    const contents = own.filter((record) => record.id === id).map(({ content }) => content);
    expect(new Set(contents).size).toBe(1);
  }
}

test.each<[string, readonly Fault[]]>([
  ['answers get lost', ['lost answer', 'none', 'lost answer', 'lost answer', 'none']],
  ['answers are late', ['late answer', 'none', 'none']],
  ['API Gateway answers 503', ['unavailable', 'unavailable', 'none']],
  ['connections break', ['no connection', 'none']],
  ['everything happens', ['lost answer', 'unavailable', 'no connection', 'late answer', 'none', 'none']],
])('nothing is lost when %s', async (what, faults) => {
  let requests = 0;
  nextFault = () => faults[requests++ % faults.length] ?? 'none';
  const deliveries = await publishBatches(what, 6);
  expect(deliveries.map(({ status }) => status)).toEqual(Array(18).fill('delivered'));
  expect(requests).toBeGreaterThan(6);
  await expectHonest(what, deliveries);
});

test('nothing is lost when the broker is down for a while', async () => {
  nextFault = () => 'none';
  broker.faults.refuse();
  broker.faults.reset();
  const publishing = publishBatches('down', 2);
  setTimeout(() => void broker.faults.clear(), SHORT_INVOCATION_MS);
  const deliveries = await publishing;
  expect(deliveries.map(({ status }) => status)).toEqual(Array(6).fill('delivered'));
  await expectHonest('down', deliveries);
});

test('nothing is lost when the broker refuses some of the time', async () => {
  nextFault = () => 'none';
  broker.faults.fail('Produce', 'NOT_ENOUGH_REPLICAS', 30);
  const deliveries = await publishBatches('refused', 2);
  expect(deliveries.map(({ status }) => status)).toEqual(Array(6).fill('delivered'));
  await expectHonest('refused', deliveries);
});

test('a broker that stays down is reported, event by event', async () => {
  nextFault = () => 'none';
  broker.faults.refuse();
  broker.faults.reset();
  const twice = createEventsClient({ url, attempts: 2, pauseMs: 1, timeoutMs: 10_000 });
  const [delivery] = await twice.publishAll([
    { type: 'order.shipped', data: { orderId: '1', carrier: 'post' } },
  ]);
  expect(delivery).toMatchObject({ status: 'failed', code: 'broker_unreachable', retriable: true });
});
