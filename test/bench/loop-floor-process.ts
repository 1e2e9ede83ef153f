import { createServer, type ServerResponse } from 'node:http';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from '../../lib/local/broker/broker.ts';
import { httpEvent } from '../../lib/testing/http-event.ts';
import { bareMapping } from './bare-mapping.ts';

const TOPIC = 'events';
const BATCH_SIZE = 100;

// The bare steps that a batch of events takes through any local run: an HTTP server, a thread with the handler that publishes,
// the broker, a consumer of kafkajs, and `bareMapping`. Arguments: the bundles of both functions, --httpPort and a port.
async function start(publisher = '', consumer = ''): Promise<void> {
  const broker = await startBroker({ port: 0 });
  broker.createTopic(TOPIC);
  process.env.KAFKA_BROKERS = broker.address;
  const worker = new Worker(path.join(__dirname, 'bare-function.ts'), { workerData: publisher });
  const waiting: ServerResponse[] = [];
  // All answers are alike, so it does not matter which one comes first.
  worker.on('message', ({ answer }) => waiting.shift()?.writeHead(answer.statusCode).end(answer.body));
  createServer((incoming, outgoing) => {
    const body: Buffer[] = [];
    incoming.on('data', (bytes: Buffer) => body.push(bytes));
    incoming.on('end', () => {
      waiting.push(outgoing);
      worker.postMessage({ json: JSON.stringify(httpEvent({ body: Buffer.concat(body).toString() })) });
    });
  }).listen(Number(process.argv.at(-1)), 'localhost');
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.ERROR });
  const group = kafka.consumer({ groupId: 'bench', maxWaitTimeInMs: 100 });
  await group.connect();
  await group.subscribe({ topic: TOPIC, fromBeginning: true });
  const take = bareMapping(consumer, BATCH_SIZE, () => {});
  await group.run({ eachBatch: async ({ batch }) => take(batch) });
}

void start(...process.argv.slice(2));
