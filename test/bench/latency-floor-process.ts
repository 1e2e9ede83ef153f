import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ByteWriter } from '../../lib/kafka/connection/byte-writer.ts';
import { startBroker } from '../../lib/local/broker/broker.ts';
import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import { event } from './events.ts';
import { clients } from './publish-clients.ts';

const TOPIC = 'events';
/** Longer than the benchmark takes. */
const MAX_WAIT_MS = 600_000;
const MAX_BYTES = 1_048_576;

// The bare steps that an event takes through any local run with a thread for each function: an HTTP server, a thread that
// sends an encoded request, a Fetch that waits, a thread that writes a line. Arguments: --httpPort and a port.
async function start(): Promise<void> {
  const broker = await startBroker({ port: 0, defaultPartitions: 1 });
  broker.createTopic(TOPIC);
  const publisher = new Worker(__filename, { workerData: { publishTo: broker.address } });
  const consumer = new Worker(__filename, { workerData: {} });
  fetchForEver(broker.port, () => consumer.postMessage(''));
  createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      publisher.once('message', () => outgoing.writeHead(202).end());
      publisher.postMessage('');
    });
  }).listen(Number(process.argv.at(-1)), 'localhost');
}

/** Asks for the record after the last one, again and again; the broker answers when it has come. */
function fetchForEver(port: number, received: () => void): void {
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
  let offset = 0;
  socket.on('data', () => {
    received();
    bytes.writeBigInt64BE(BigInt(++offset), offsetAt);
    socket.write(bytes);
  });
  socket.write(bytes);
}

async function publish(address: string): Promise<void> {
  const prepare = await clients.raw?.(address);
  const send = prepare?.([toKafkaRecord(event(1))]);
  parentPort?.on('message', () => send?.().then(() => parentPort?.postMessage('')));
}

if (isMainThread) void start();
else if (workerData.publishTo) void publish(workerData.publishTo);
else parentPort?.on('message', () => writeSync(1, '{"message":"event consumed"}\n'));
