import { randomUUID } from 'node:crypto';
import { connectionOptions } from '../../lib/kafka/client/connection.ts';
import type { Environment } from '../../lib/kafka/configuration.ts';
import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { openProducer } from '../../lib/kafka/producer/open-producer.ts';
import type { Producer } from '../../lib/kafka/producer/producer.ts';
import { connectTopicReader } from '../../lib/kafka/reading/topic-reader.ts';
import { createLog } from '../../lib/log.ts';
import { httpEvent } from '../../lib/testing/http-event.ts';
import { bundledFunction } from '../support/bundled-function.ts';
import { administer, createTopic } from '../support/kafka-administration.ts';
import { message } from '../support/message.ts';
import { sendTo } from '../support/send-to.ts';
import { outcomes, recordOf, soon } from '../support/test-producer.ts';
import { awsCredentials, scramCredentials } from './kafka-node.ts';

const log = createLog({ write: () => {} });
const { AWS_REGION, ...keys } = awsCredentials;
const scram = {
  KAFKA_AUTH: 'scram',
  KAFKA_BROKERS: process.env.TEST_KAFKA_SCRAM_BROKERS,
  KAFKA_USERNAME: scramCredentials.username,
  KAFKA_PASSWORD: scramCredentials.password,
};
const iam = { KAFKA_AUTH: 'iam', KAFKA_BROKERS: process.env.TEST_KAFKA_IAM_BROKERS, AWS_REGION };

let prefix: string;
let topic: string;
const producers: Producer[] = [];

beforeEach(async () => {
  prefix = `${randomUUID()}.`;
  topic = `${prefix}events`;
  await administer(process.env.TEST_KAFKA_BROKERS ?? '', (admin) => createTopic(admin, topic, 1));
  jest.replaceProperty(process, 'env', { ...process.env, ...keys });
});
afterEach(async () => {
  await Promise.all(producers.splice(0).map((producer) => producer.disconnect()));
  jest.restoreAllMocks();
});

/** Sends a record as the publisher does. */
async function publish(environment: Environment) {
  const producer = openProducer(kafkaConfiguration(environment), log);
  producers.push(producer);
  return sendTo(producer, topic, [recordOf('sent')], soon());
}

/** What is in the topic, read as the local tools do. */
async function read(environment: Environment): Promise<string[]> {
  const reader = await connectTopicReader(
    await connectionOptions(kafkaConfiguration(environment)),
    topic,
    log,
  );
  const values: string[] = [];
  for await (const { value } of reader.records(0, 0, 1)) values.push(String(value));
  await reader.disconnect();
  return values;
}

describe('a record is published and read', () => {
  test.each<[string, Environment]>([
    ['over TLS', { KAFKA_AUTH: 'tls', KAFKA_BROKERS: process.env.TEST_KAFKA_TLS_BROKERS }],
    ['over TLS with SASL/SCRAM-SHA-512', scram],
    ['over TLS with an IAM token', iam],
  ])('%s', async (_, environment) => {
    expect(outcomes(await publish(environment))).toEqual(['delivered']);
    expect(await read(environment)).toEqual(['sent']);
  });
});

test.each<[string, Environment]>([
  ['over TLS with SASL/SCRAM-SHA-512', scram],
  ['over TLS with an IAM token', iam],
])('the bundle of publish authenticates %s', async (_, environment) => {
  const defined = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const publish = await bundledFunction('publish', {
    ...Object.fromEntries(defined),
    KAFKA_TOPIC_PREFIX: prefix,
  });
  const body = { type: 'message.posted', data: message(1) };
  expect(await publish.invoke(httpEvent({ body }))).toMatchObject({ payload: { statusCode: 202 } });
});

describe('a configuration error that names the mechanism is', () => {
  test.each<[string, Environment, Record<string, string>, string]>([
    ['a wrong password', { ...scram, KAFKA_PASSWORD: 'guessed' }, {}, 'scram-sha-512'],
    ['a user that is not there', { ...scram, KAFKA_USERNAME: 'stranger' }, {}, 'scram-sha-512'],
    ['a token of another access key', iam, { AWS_ACCESS_KEY_ID: 'AKIDOTHER' }, 'oauthbearer'],
    ['a token signed with another secret', iam, { AWS_SECRET_ACCESS_KEY: 'guessed' }, 'oauthbearer'],
    ['a token for another region', { ...iam, AWS_REGION: 'us-east-1' }, {}, 'oauthbearer'],
  ])('%s', async (_, environment, credentials, mechanism) => {
    jest.replaceProperty(process, 'env', { ...process.env, ...credentials });
    expect(await publish(environment)).toMatchObject([
      {
        status: 'failed',
        error: { code: 'configuration_error', message: expect.stringContaining(`${mechanism} credentials`) },
      },
    ]);
  });
});
