import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { ByteWriter } from '../../lib/kafka/connection/byte-writer.ts';
import { FrameReader } from '../../lib/kafka/frames/frame-reader.ts';
import { decodeBatches } from '../../lib/kafka/reading/decode-batches.ts';
import { type Broker, startBroker } from '../../lib/local/broker/broker.ts';
import { LocalFunctions } from '../../lib/local/function/local-functions.ts';
import type { PackedEvent } from '../../lib/local/function/packed-event.ts';
import { createHttpApi, MAX_REQUEST_BYTES } from '../../lib/local/http/http-api/http-api.ts';
import { startLocalServer } from '../../lib/local/http/local-server.ts';
import { startEventSourceMapping } from '../../lib/local/mapping/event-source-mapping.ts';
import { eventEnvelope, kafkaEvent } from '../../lib/local/mapping/kafka-event.ts';
import { RecordPacker } from '../../lib/local/mapping/record-packer.ts';
import { createLog } from '../../lib/log.ts';
import { parseEventSourceMappings } from '../../lib/mapping/declaration.ts';
import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import { httpEvent } from '../../lib/testing/http-event.ts';
import { event } from './events.ts';
import { type LatencyStep, latencySteps } from './latency-steps.ts';
import { clients } from './publish-clients.ts';

const TOPIC = 'events';
/** Longer than the benchmark takes. */
const MAX_WAIT_MS = 600_000;
const MAX_BYTES = 1_048_576;
/** What a Fetch response, version 4, of one partition has in front of the records, from the correlation id on. */
const RECORDS_AT = 4 + 4 + 4 + 2 + TOPIC.length + 4 + 4 + 2 + 8 + 8 + 4 + 4;

/** Takes the body of a request until it may be answered. */
type Publish = (body: Buffer) => Promise<void>;
/** Takes the records of a Fetch response. */
type Consume = (recordSet: Buffer) => void;

// The steps of an event, real up to one of latencySteps. Arguments: the number of that step, the bundles of the publisher and of
// the consumer, --httpPort and a port.
async function start(last = '0', publisher = '', consumer = ''): Promise<void> {
  const has = (step: LatencyStep): boolean => latencySteps.indexOf(step) <= Number(last);
  const port = Number(process.argv.at(-1));
  const broker = await startBroker({ port: 0, defaultPartitions: 1 });
  broker.createTopic(TOPIC);
  process.env.KAFKA_BROKERS = broker.address;
  const functions = localFunctions(broker, { publisher, consumer });
  if (has('mapping')) await startMapping(broker, functions);
  else fetchForEver(broker.port, consume(functions));
  if (has('HTTP API')) {
    const route = { key: 'POST /events', method: 'POST', segments: ['events'], authorizer: undefined };
    const api = { routes: [{ ...route, functionName: 'publisher' }], cors: undefined };
    const log = createLog();
    const options = { host: 'localhost', port, maxBodyBytes: MAX_REQUEST_BYTES, log };
    await startLocalServer(options, createHttpApi(api, functions, log));
    return;
  }
  const publish = publishing(functions);
  createServer((incoming, outgoing) => {
    const body: Buffer[] = [];
    incoming.on('data', (bytes: Buffer) => body.push(bytes));
    incoming.on('end', () => void publish(Buffer.concat(body)).then(() => outgoing.writeHead(202).end()));
  }).listen(port, 'localhost');

  function publishing(sandboxes: LocalFunctions): Publish {
    if (has('sandboxes'))
      return async (body) => void (await sandboxes.invoke('publisher', Buffer.from(httpJson(body))));
    const worker = has('publisher')
      ? bareFunction(publisher)
      : new Worker(__filename, { workerData: { publishTo: broker.address } });
    return (body) =>
      new Promise((resolve) => {
        worker.once('message', () => resolve());
        worker.postMessage(has('publisher') ? { json: httpJson(body) } : '');
      });
  }

  function consume(sandboxes: LocalFunctions): Consume {
    if (has('sandboxes')) return (recordSet) => void sandboxes.invoke('consumer', eventOf(recordSet));
    const worker = has('consumer') ? bareFunction(consumer) : new Worker(__filename, { workerData: {} });
    worker.on('message', ({ lines }: { lines: Uint8Array }) => process.stdout.write(lines));
    return (recordSet) =>
      worker.postMessage(has('consumer') ? { packed: Buffer.concat(eventOf(recordSet).parts) } : '');
  }
}

function localFunctions(broker: Broker, bundles: Readonly<Record<string, string>>): LocalFunctions {
  const definitions = Object.entries(bundles).map(([name, bundle]) => {
    const { dir: codeDirectory, name: module } = path.parse(bundle);
    const environment = { KAFKA_BROKERS: broker.address };
    const handler = `${module}.handler`;
    return [name, { name, handler, codeDirectory, timeoutMs: 30_000, memorySize: 512, environment }] as const;
  });
  return new LocalFunctions(new Map(definitions));
}

function bareFunction(bundle: string): Worker {
  return new Worker(path.join(__dirname, 'bare-function.ts'), { workerData: bundle });
}

function httpJson(body: Buffer): string {
  return JSON.stringify(httpEvent({ body: body.toString() }));
}

const envelope = eventEnvelope({ kind: 'msk', eventSourceArn: undefined }, ['localhost:9092']);

function eventOf(recordSet: Buffer): PackedEvent {
  const { records } = decodeBatches(recordSet, { partition: 0, offset: 0, abortedTransactions: [] });
  const packer = new RecordPacker(TOPIC);
  return kafkaEvent(
    envelope,
    records.map((record) => packer.pack(record)),
  );
}

async function startMapping(broker: Broker, functions: LocalFunctions): Promise<void> {
  const msk = { arn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/local/1', topic: TOPIC };
  const events = [{ msk: { ...msk, maximumBatchingWindow: 0, startingPosition: 'TRIM_HORIZON' } }];
  const [declaration] = parseEventSourceMappings({ consumer: { events } });
  if (declaration === undefined) throw new Error('There is no mapping');
  const kafka = kafkaConfiguration({ KAFKA_BROKERS: broker.address });
  const invoke = (packed: PackedEvent) => functions.invoke('consumer', packed);
  await startEventSourceMapping({ declaration, kafka, invoke, log: createLog({ level: 'error' }) });
}

/** Asks for the record after the last one, again and again; the broker answers when it has come. */
function fetchForEver(port: number, received: Consume): void {
  const request = new ByteWriter();
  // Behind the length: a Fetch request, version 4, number 1, of no client; no replica, at least one byte.
  for (const value of [0, 0x1_0004, 1]) request.int32(value);
  request.string(null);
  for (const value of [-1, MAX_WAIT_MS, 1, MAX_BYTES]) request.int32(value);
  request.int8(0);
  request.int32(1);
  request.string(TOPIC);
  for (const value of [1, 0]) request.int32(value);
  const offsetAt = request.position;
  request.int53(0);
  request.int32(MAX_BYTES);
  request.uint32At(0, request.position - 4);
  const bytes = request.written();
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const frames = new FrameReader(RECORDS_AT);
  let offset = 0;
  socket.on('data', (chunk: Buffer) => {
    for (const frame of frames.push(chunk)) {
      received(frame.subarray(RECORDS_AT));
      bytes.writeBigInt64BE(BigInt(++offset), offsetAt);
      socket.write(bytes);
    }
  });
  socket.write(bytes);
}

async function publish(address: string): Promise<void> {
  const prepare = await clients.raw?.(address);
  const send = prepare?.([toKafkaRecord(event(1))]);
  parentPort?.on('message', () => send?.().then(() => parentPort?.postMessage('')));
}

if (isMainThread) void start(...process.argv.slice(2));
else if (workerData.publishTo) void publish(workerData.publishTo);
else parentPort?.on('message', () => writeSync(1, '{"message":"event consumed"}\n'));
