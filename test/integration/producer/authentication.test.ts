import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { connectionOptions } from '../../../lib/kafka/client/connection.ts';
import { kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import { createLog } from '../../../lib/log.ts';
import { type KafkaProxy, startKafkaProxy } from '../../support/kafka-proxy.ts';
import {
  type SaslGateway,
  type ScramGateway,
  startSaslGateway,
  startScramGateway,
} from '../../support/sasl-gateway.ts';
import { type SecretsManager, startSecretsManager } from '../../support/secrets-manager.ts';
import { sendTo } from '../../support/send-to.ts';
import { startTestKafka } from '../../support/test-kafka.ts';
import { outcomes, recordOf, soon, TOPIC } from '../../support/test-producer.ts';

const credentials = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIEXAMPLE' };

let gateway: SaslGateway;
let accepts: (token: string) => boolean;
let producer: Producer;
let logged: string;

beforeEach(async () => {
  const broker = await startTestKafka();
  await broker.createTopic(TOPIC, 1);
  accepts = () => true;
  logged = '';
  gateway = await startSaslGateway(broker, (token) => accepts(token));
  jest.replaceProperty(process, 'env', { ...process.env, ...credentials });
  const configuration = kafkaConfiguration({
    KAFKA_BROKERS: gateway.address,
    KAFKA_AUTH: 'iam',
    AWS_REGION: 'eu-west-1',
  });
  producer = createProducer(
    // The gateway has no certificate; everything else is as on AWS.
    async () => ({ ...(await connectionOptions(configuration)), ssl: false }),
    createLog({ write: (line) => (logged += line), level: 'debug' }),
  );
});
afterEach(async () => {
  await producer.disconnect();
  jest.restoreAllMocks();
});

const send = async (value: string) => outcomes(await sendTo(producer, TOPIC, [recordOf(value)], soon()));

describe('a cluster with IAM authentication', () => {
  test('gets a token of the current credentials', async () => {
    expect(await send('a')).toEqual(['delivered']);
    const [token = ''] = gateway.tokens;
    const url = new URL(Buffer.from(token, 'base64url').toString());
    expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(
      /^AKIDEXAMPLE\/\d{8}\/eu-west-1\/kafka-cluster\//,
    );
  });

  test('is asked again once, with a fresh token, when it refuses one', async () => {
    accepts = () => gateway.tokens.length > 1;
    expect(await send('a')).toEqual(['delivered']);
  });

  test('that refuses the credentials is a configuration error, and is not stormed', async () => {
    accepts = () => false;
    const [delivery] = await sendTo(producer, TOPIC, [recordOf('a')], soon());
    expect(delivery).toMatchObject({
      status: 'failed',
      error: { code: 'configuration_error', message: expect.stringContaining('oauthbearer credentials') },
    });
    expect(gateway.tokens).toHaveLength(2);
  });

  test('is used as soon as it accepts the credentials', async () => {
    accepts = () => false;
    expect(await send('a')).toEqual(['configuration_error']);
    accepts = () => true;
    expect(await send('b')).toEqual(['delivered']);
  });

  test('needs credentials, which may come later', async () => {
    jest.replaceProperty(process, 'env', { ...process.env, AWS_SECRET_ACCESS_KEY: '' });
    const [delivery] = await sendTo(producer, TOPIC, [recordOf('a')], soon());
    expect(delivery).toMatchObject({
      status: 'failed',
      error: { code: 'configuration_error', message: expect.stringContaining('AWS_SECRET_ACCESS_KEY') },
    });
    expect(gateway.tokens).toEqual([]);
    jest.replaceProperty(process, 'env', { ...process.env, ...credentials });
    expect(await send('b')).toEqual(['delivered']);
  });

  test('is never mentioned in the log with a token or a secret', async () => {
    accepts = () => gateway.tokens.length > 1;
    await send('a');
    expect(logged).not.toBe('');
    for (const secret of [...gateway.tokens, credentials.AWS_SECRET_ACCESS_KEY])
      expect(logged).not.toContain(secret);
  });
});

describe('a cluster that ends sessions', () => {
  // A broker refuses to renew a session twice within a second.
  test.each([
    ['soon is given a fresh token near the end of each, and no sooner', 5_000, 4_500, 2],
    ['late is given one token', 900_000, 4_500, 1],
  ])('%s', async (_case, lifetimeMs, passedMs, tokens) => {
    const broker = await startTestKafka();
    await broker.createTopic(TOPIC, 1);
    gateway = await startSaslGateway(broker, () => true, lifetimeMs);
    const own = createProducer(
      async () => ({
        ...(await connectionOptions(
          kafkaConfiguration({ KAFKA_BROKERS: gateway.address, KAFKA_AUTH: 'iam', AWS_REGION: 'eu-west-1' }),
        )),
        ssl: false,
      }),
      createLog({ write: () => {} }),
    );
    // Metadata, the producer id, the batch.
    expect(outcomes(await sendTo(own, TOPIC, [recordOf('a')], soon()))).toEqual(['delivered']);
    expect(gateway.tokens).toHaveLength(1);
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + passedMs);
    expect(outcomes(await sendTo(own, TOPIC, [recordOf('b')], soon()))).toEqual(['delivered']);
    expect(gateway.tokens).toHaveLength(tokens);
    await own.disconnect();
  });
});

describe('a cluster with SCRAM authentication, and a secret that is rotated', () => {
  const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_app-AbCdEf';
  const [before, after] = ['before', 'after'].map((password) => ({ username: 'app', password }));
  let cluster: ScramGateway;
  let secrets: SecretsManager;
  let scramProducer: Producer;

  beforeEach(async () => {
    if (before === undefined) throw new Error('no credentials');
    const broker = await startTestKafka();
    await broker.createTopic(TOPIC, 1);
    cluster = await startScramGateway(broker, before);
    secrets = await startSecretsManager(JSON.stringify(before));
    jest.replaceProperty(process, 'env', {
      ...process.env,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    });
    const configuration = kafkaConfiguration({
      KAFKA_BROKERS: cluster.address,
      KAFKA_AUTH: 'scram',
      KAFKA_SECRET_ARN: secretArn,
    });
    scramProducer = createProducer(
      async () => ({ ...(await connectionOptions(configuration)), ssl: false }),
      createLog({ write: (line) => (logged += line), level: 'debug' }),
    );
  });
  afterEach(() => scramProducer.disconnect());

  const deliver = () => sendTo(scramProducer, TOPIC, [recordOf('a')], soon());

  test('is connected to with what the secret holds, which is read once for all that is sent', async () => {
    expect(outcomes(await deliver())).toEqual(['delivered']);
    expect(outcomes(await deliver())).toEqual(['delivered']);
    expect(secrets.requests).toEqual([secretArn]);
  });

  test('is connected to with the new password after a rotation', async () => {
    expect(outcomes(await deliver())).toEqual(['delivered']);
    if (after === undefined) throw new Error('no credentials');
    cluster.credentials = after;
    secrets.value = JSON.stringify(after);
    cluster.faults.reset();
    expect(outcomes(await deliver())).toEqual(['delivered']);
  });

  test('is asked again once with what the secret holds then, when it refuses a password', async () => {
    if (after === undefined) throw new Error('no credentials');
    cluster.credentials = after;
    secrets.onRead = () => {
      if (secrets.requests.length > 1) secrets.value = JSON.stringify(after);
    };
    expect(outcomes(await deliver())).toEqual(['delivered']);
    expect(cluster.attempts).toBe(2);
  });

  test('that refuses the password for good is a configuration error, and is not stormed', async () => {
    secrets.value = JSON.stringify(after);
    expect(await deliver()).toMatchObject([
      {
        error: { code: 'configuration_error', message: expect.stringContaining('scram-sha-512 credentials') },
      },
    ]);
    expect(cluster.attempts).toBe(2);
    expect(logged).not.toContain('"after"');
  });

  test.each([
    ['is not JSON', 'app:hunter2'],
    ['lacks the password', '{"username":"app"}'],
    ['is empty', ''],
  ])('a secret that %s is named, and not told', async (_case, value) => {
    secrets.value = value;
    const [delivery] = await deliver();
    expect(delivery).toMatchObject({
      error: { code: 'configuration_error', message: expect.stringContaining(`${secretArn} must hold`) },
    });
    expect(JSON.stringify(delivery) + logged).not.toContain('hunter2');
  });

  test('a secret that the function may not read is named with the permissions', async () => {
    secrets.refusal = 'AccessDeniedException';
    expect(await deliver()).toMatchObject([
      {
        error: {
          code: 'configuration_error',
          message: expect.stringMatching(/GetSecretValue of .*AmazonMSK_app.*kms:Decrypt/),
        },
      },
    ]);
    expect(cluster.attempts).toBe(0);
  });
});

describe('a cluster that asks for a client certificate, and a secret that is rotated', () => {
  const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:client-AbCdEf';
  const pem = (name: string) => readFileSync(join(__dirname, '../../support/certificates', name), 'utf8');
  const secretOf = (name: string, key = `${name}.key`, password?: string) =>
    JSON.stringify({ certificate: pem(`${name}.pem`), privateKey: pem(key), privateKeyPassword: password });
  const broker = { cert: pem('broker.pem'), key: pem('broker.key') };
  let cluster: KafkaProxy;
  let secrets: SecretsManager;
  let tlsProducer: Producer;

  beforeEach(async () => {
    const kafka = await startTestKafka();
    await kafka.createTopic(TOPIC, 1);
    cluster = await startKafkaProxy(kafka, {
      tls: { ...broker, ca: pem('authority.pem'), requestCert: true, rejectUnauthorized: true },
    });
    secrets = await startSecretsManager(secretOf('client'));
    jest.replaceProperty(process, 'env', {
      ...process.env,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    });
    const configuration = kafkaConfiguration({
      KAFKA_BROKERS: cluster.address,
      KAFKA_AUTH: 'mtls',
      KAFKA_SECRET_ARN: secretArn,
    });
    tlsProducer = createProducer(
      async () => {
        const { ssl, ...options } = await connectionOptions(configuration);
        // The broker of the test has no public certificate, as those of Amazon MSK have.
        return { ...options, ssl: Object.assign({ ca: pem('authority.pem') }, ssl) };
      },
      createLog({ write: (line) => (logged += line), level: 'debug' }),
    );
  });
  afterEach(() => tlsProducer.disconnect());

  const deliver = () => sendTo(tlsProducer, TOPIC, [recordOf('a')], soon());

  test('is shown what the secret holds, which is read once for all that is sent', async () => {
    expect(outcomes(await deliver())).toEqual(['delivered']);
    expect(outcomes(await deliver())).toEqual(['delivered']);
    expect(secrets.requests).toEqual([secretArn]);
  });

  test('is shown a certificate whose key is encrypted as AWS Lambda takes it', async () => {
    secrets.value = secretOf('client', 'client.encrypted.key', 's3cret');
    expect(outcomes(await deliver())).toEqual(['delivered']);
  });

  test('is shown the new certificate after a rotation', async () => {
    expect(outcomes(await deliver())).toEqual(['delivered']);
    cluster.secureWith({ ...broker, ca: pem('other-authority.pem') });
    secrets.value = secretOf('other-client');
    cluster.faults.reset();
    expect(outcomes(await deliver())).toEqual(['delivered']);
    expect(secrets.requests).toHaveLength(2);
  });

  test('that refuses a certificate is shown what the secret holds then', async () => {
    cluster.secureWith({ ...broker, ca: pem('other-authority.pem') });
    secrets.onRead = () => {
      if (secrets.requests.length > 1) secrets.value = secretOf('other-client');
    };
    expect(outcomes(await deliver())).toEqual(['delivered']);
  });

  test('that closes the connection of a certificate for good is told of, with what to check, and is not stormed', async () => {
    secrets.value = secretOf('other-client');
    expect(await deliver()).toMatchObject([
      {
        error: {
          code: 'broker_unreachable',
          message: expect.stringContaining('whether the cluster trusts the client certificate'),
        },
      },
    ]);
    expect(secrets.requests.length).toBeLessThan(10);
  });

  test.each([
    ['lacks the key', JSON.stringify({ certificate: 'hunter2' }), 'must hold'],
    [
      'holds a key that is none',
      JSON.stringify({ certificate: 'hunter2', privateKey: 'hunter2' }),
      'cannot be used',
    ],
    ['lacks the password of its key', secretOf('client', 'client.encrypted.key'), 'cannot be used'],
    ['holds the key of another certificate', secretOf('client', 'other-client.key'), 'cannot be used'],
  ])('a secret that %s is named, and not told', async (_case, value, problem) => {
    secrets.value = value;
    const [delivery] = await deliver();
    expect(delivery).toMatchObject({
      error: { code: 'configuration_error', message: expect.stringContaining(problem) },
    });
    const told = inspect(delivery, { depth: 9 }) + logged;
    expect(told).toContain(secretArn);
    expect(told).not.toMatch(/hunter2|PRIVATE KEY/);
  });
});
