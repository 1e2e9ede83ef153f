import { connectionOptions } from '../../../../../lib/kafka/client/connection.ts';
import { type Environment, kafkaConfiguration } from '../../../../../lib/kafka/configuration.ts';

const sdkLoaded = jest.fn();
jest.mock('@aws-sdk/client-kafka', () => sdkLoaded());

const optionsFor = (environment: Environment) =>
  connectionOptions(kafkaConfiguration({ KAFKA_BROKERS: 'b-1.example', ...environment }));

describe('connectionOptions', () => {
  test('connects in plaintext without authentication', async () => {
    const options = await optionsFor({ AWS_LAMBDA_FUNCTION_NAME: 'publish' });
    expect(options).toMatchObject({ brokers: ['b-1.example:9092'], ssl: false, clientId: 'publish' });
    expect(options).not.toHaveProperty('sasl');
  });

  test('connects with TLS alone', async () => {
    const options = await optionsFor({ KAFKA_AUTH: 'tls' });
    expect(options).toMatchObject({ brokers: ['b-1.example:9094'], ssl: true });
    expect(options).not.toHaveProperty('sasl');
  });

  test('authenticates with SCRAM-SHA-512 over TLS', async () => {
    const options = await optionsFor({
      KAFKA_AUTH: 'scram',
      KAFKA_USERNAME: 'app',
      KAFKA_PASSWORD: 's3cret',
    });
    expect(options).toMatchObject({
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'app', password: 's3cret' },
    });
  });

  test('authenticates with a fresh IAM token each time over TLS', async () => {
    const { ssl, sasl } = await optionsFor({ KAFKA_AUTH: 'iam', AWS_REGION: 'eu-west-1' });
    if (sasl?.mechanism !== 'oauthbearer') throw new Error('no IAM authentication');
    expect(ssl).toBe(true);
    const credentials = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };
    jest.replaceProperty(process, 'env', { ...process.env, ...credentials });
    jest.useFakeTimers({ now: 1_760_000_000_000 });
    const tokens = [await sasl.token()];
    jest.setSystemTime(1_760_000_060_000);
    tokens.push(await sasl.token());
    expect(Buffer.from(tokens[0] ?? '', 'base64url').toString()).toMatch(
      /^https:\/\/kafka\.eu-west-1\.amazonaws\.com\//,
    );
    expect(tokens[1]).not.toBe(tokens[0]);
  });

  test('does not load the AWS SDK when the brokers are configured', async () => {
    await optionsFor({ KAFKA_AUTH: 'tls' });
    expect(sdkLoaded).not.toHaveBeenCalled();
  });

  test('gives up on a connection and on an answer before API Gateway gives up on us', async () => {
    const { connectionTimeout, authenticationTimeout, requestTimeout } = await optionsFor({});
    expect(Math.max(connectionTimeout, authenticationTimeout, requestTimeout)).toBeLessThanOrEqual(5_000);
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });
});
