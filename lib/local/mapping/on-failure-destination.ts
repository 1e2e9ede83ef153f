import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionOptions } from '../../kafka/client/connection.ts';
import { createProducer } from '../../kafka/producer/producer.ts';
import type { Log } from '../../log.ts';
import { destinationTopic } from '../../mapping/declaration.ts';
import { type AwsEndpoint, sendToAws } from './aws-request.ts';
import { s3ObjectKey } from './choices.ts';
import {
  batchInvocationRecord,
  type DiscardedBatch,
  kafkaInvocationRecord,
  s3InvocationRecord,
} from './invocation-record.ts';

/** How long the destination topic may take. */
const KAFKA_DEADLINE_MS = 15_000;

/** Receives what a mapping gives up. */
export interface OnFailureDestination {
  /**
   * Delivers a discarded batch.
   *
   * @throws Error when it was not, or not completely, delivered
   */
  deliver(batch: DiscardedBatch): Promise<void>;
  close(): Promise<void>;
}

export interface DestinationOptions {
  readonly mapping: { readonly uuid: string; readonly topic: string };
  readonly connection: ConnectionOptions;
  /** Where SQS, SNS and S3 are; without one their messages become files. */
  readonly endpoint: AwsEndpoint | undefined;
  /** Folder for those files; without one they are logged. */
  readonly directory: string | undefined;
  readonly log: Log;
}

/**
 * Opens the on-failure destination of a mapping.
 *
 * @param destination - `kafka://<topic>`, or the ARN of an SQS queue, SNS topic or S3 bucket
 * @throws Error when the destination is none of them
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources"}
 */
export function openDestination(destination: string, options: DestinationOptions): OnFailureDestination {
  const topic = destinationTopic(destination);
  if (topic !== undefined) return kafkaDestination(topic, options);
  const service = destination.split(':')[2];
  if (service === 'sqs' || service === 'sns' || service === 's3') {
    return awsDestination(service, destination, options);
  }
  throw new Error(
    `${destination} is not an on-failure destination: use kafka://<topic> or the ARN of SQS, SNS or S3`,
  );
}

/** One message per record, with its key: the destination keeps the order per key. */
function kafkaDestination(topic: string, { connection, log }: DestinationOptions): OnFailureDestination {
  const producer = createProducer(async () => connection, log);
  return {
    deliver: async (batch) => {
      const messages = batch.records.map((record) => ({
        topic,
        key: record.source.key,
        value: Buffer.from(JSON.stringify(kafkaInvocationRecord(batch, record))),
        headers: [],
      }));
      const deliveries = await producer.send(messages, Date.now() + KAFKA_DEADLINE_MS);
      const failed = deliveries.find((delivery) => delivery.status === 'failed');
      if (failed?.status === 'failed') throw failed.error;
    },
    close: () => producer.disconnect(),
  };
}

function awsDestination(
  service: 'sqs' | 'sns' | 's3',
  arn: string,
  { mapping, endpoint, directory, log }: DestinationOptions,
): OnFailureDestination {
  return {
    deliver: async (batch) => {
      const body = JSON.stringify(
        service === 's3' ? s3InvocationRecord(batch) : batchInvocationRecord(batch),
      );
      const key = s3ObjectKey(mapping, batch.at, batch.requestId);
      if (endpoint !== undefined) return sendToAws(endpoint, { service, arn, key, body });
      if (directory === undefined) {
        log.warn('a batch was discarded; this is what its on-failure destination would get', { arn, body });
        return;
      }
      const folder = join(directory, service, arn.slice(arn.lastIndexOf(':') + 1));
      const file = join(folder, `${batch.at.toISOString().replaceAll(':', '-')}-${batch.requestId}.json`);
      await mkdir(folder, { recursive: true });
      await writeFile(file, `${body}\n`);
      log.info('a batch was discarded and written for its on-failure destination', { arn, file });
    },
    close: async () => {},
  };
}
