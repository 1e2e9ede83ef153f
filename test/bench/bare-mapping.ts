import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Batch, KafkaMessage } from 'kafkajs';
import { eventEnvelope, eventJson, eventRecordJson } from '../../lib/local/mapping/kafka-event.ts';

/**
 * Hands what a consumer of kafkajs reads to a function, by the steps that no local mapping can leave out: the event as Lambda
 * writes it, another thread where it is parsed and the handler called, and its log lines back. Nothing watches the handler, is
 * committed or recorded, and no batch waits for another.
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
  const worker = new Worker(path.join(__dirname, 'bare-function.ts'), { workerData: bundle });
  const counts: number[] = [];
  worker.on('message', ({ lines }: { lines: Uint8Array }) => {
    process.stdout.write(lines);
    processed(counts.shift() ?? 0);
  });
  return ({ topic, partition, messages }) => {
    for (let at = 0; at < messages.length; at += batchSize) {
      const records = messages.slice(at, at + batchSize).map((message) => ({
        topic,
        source: { partition },
        json: recordJson(topic, partition, message),
      }));
      counts.push(records.length);
      worker.postMessage(eventJson(envelope, records));
    }
  };
}

function recordJson(topic: string, partition: number, message: KafkaMessage): Buffer {
  const { key, value, headers = {} } = message;
  return eventRecordJson(topic, {
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
