import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Batch, KafkaMessage } from 'kafkajs';
import { eventEnvelope, kafkaEvent } from '../../lib/local/mapping/kafka-event.ts';
import { type EventRecord, RecordPacker } from '../../lib/local/mapping/record-packer.ts';

/** An event that waits for its turn. */
interface Waiting {
  readonly event: Buffer;
  readonly records: number;
}

/**
 * Hands what a consumer of kafkajs reads to a function, by the steps that no local mapping can leave out: the event is packed, and
 * there is a thread for each invocation at the same time that unpacks it and calls the handler, and gives back its log lines.
 * As on AWS, a partition has one invocation at a time. Nothing watches the handler, is committed or recorded.
 *
 * @param bundle - of the function
 * @param batchSize - records in an event
 * @param processed - told how many records are done
 * @returns takes a batch of the consumer
 */
export function bareMapping(
  bundle: string,
  batchSize: number,
  processed: (records: number) => void,
): (batch: Batch) => void {
  const envelope = eventEnvelope({ kind: 'msk', eventSourceArn: undefined }, ['localhost:9092']);
  const invokers = new Map<number, (waiting: Waiting) => void>();
  return ({ topic, partition, messages }) => {
    const invoke = invokers.get(partition) ?? startFunction(bundle, processed);
    invokers.set(partition, invoke);
    const packer = new RecordPacker(topic);
    for (let at = 0; at < messages.length; at += batchSize) {
      const records = messages.slice(at, at + batchSize).map((message) => packed(packer, partition, message));
      invoke({ event: Buffer.concat(kafkaEvent(envelope, records).parts), records: records.length });
    }
  };
}

/** @returns invokes the function, once it is done with what came before */
function startFunction(bundle: string, processed: (records: number) => void): (waiting: Waiting) => void {
  const worker = new Worker(path.join(__dirname, 'bare-function.ts'), { workerData: bundle });
  const waiting: Waiting[] = [];
  worker.on('message', ({ lines }: { lines: Uint8Array }) => {
    process.stdout.write(lines);
    processed(waiting.shift()?.records ?? 0);
    if (waiting[0]) worker.postMessage({ packed: waiting[0].event });
  });
  return (next) => {
    waiting.push(next);
    if (waiting.length === 1) worker.postMessage({ packed: next.event });
  };
}

function packed(packer: RecordPacker, partition: number, message: KafkaMessage): EventRecord {
  const { key, value, headers = {} } = message;
  return packer.pack({
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    timestampType: 'CREATE_TIME',
    key,
    value,
    headers: Object.entries(headers).map(([name, content]) => [
      name,
      Buffer.isBuffer(content) ? content : null,
    ]),
  });
}
