import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { GetBootstrapBrokersCommand, KafkaClient } from '@aws-sdk/client-kafka';
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from 'aws-lambda';
import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import { Kafka, logLevel, Partitioners, type Producer, type SASLOptions } from 'kafkajs';
import * as z from 'zod';

const logger = new Logger({ serviceName: 'publish' });
const messagePosted = z.object({ id: z.int(), message: z.string(), timestamp: z.number() });
const request = z.object({ type: z.literal('message.posted'), data: messagePosted });

let producer: Producer | undefined;

/** The publisher of this project, of official pieces: checks one event, sends it and answers where it landed. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyResultV2> {
  const parsed = request.safeParse(JSON.parse(event.body ?? 'null'));
  if (!parsed.success) return { statusCode: 422, body: JSON.stringify(parsed.error.issues) };
  const { type, data } = parsed.data;
  try {
    producer ??= await connect();
    const id = randomUUID();
    const deliveries = await producer.send({
      topic: 'events',
      acks: -1,
      messages: [
        {
          key: String(data.id),
          value: JSON.stringify(data),
          headers: {
            'content-type': 'application/json',
            ce_specversion: '1.0',
            ce_id: id,
            ce_source: '/events',
            ce_type: type,
            ce_time: new Date().toISOString(),
          },
        },
      ],
    });
    return { statusCode: 202, body: JSON.stringify({ id, deliveries }) };
  } catch (error) {
    logger.error('publish failed', error instanceof Error ? error : String(error));
    return { statusCode: 503, body: '' };
  }
}

async function connect(): Promise<Producer> {
  const iam = process.env.KAFKA_AUTH === 'iam';
  const kafka = new Kafka({
    brokers: await bootstrapBrokers(),
    logLevel: logLevel.ERROR,
    ssl: iam,
    ...(iam && { sasl: iamSasl(process.env.AWS_REGION ?? '') }),
  });
  const connecting = kafka.producer({
    idempotent: true,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await connecting.connect();
  return connecting;
}

async function bootstrapBrokers(): Promise<string[]> {
  if (process.env.KAFKA_BROKERS) return process.env.KAFKA_BROKERS.split(',');
  const { BootstrapBrokerStringSaslIam = '' } = await new KafkaClient().send(
    new GetBootstrapBrokersCommand({ ClusterArn: process.env.MSK_CLUSTER_ARN }),
  );
  return BootstrapBrokerStringSaslIam.split(',');
}

function iamSasl(region: string): SASLOptions {
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: (await generateAuthToken({ region })).token }),
  };
}
