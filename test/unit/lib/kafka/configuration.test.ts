import { ServiceError } from '../../../../lib/errors.ts';
import { type Environment, kafkaConfiguration } from '../../../../lib/kafka/configuration.ts';

const arn = 'arn:aws:kafka:eu-central-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1';

function problemsOf(environment: Environment): string {
  try {
    kafkaConfiguration(environment);
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'configuration_error') return error.message;
    throw error;
  }
  return '';
}

describe('kafkaConfiguration', () => {
  test('takes everything from the environment', () => {
    expect(
      kafkaConfiguration({
        KAFKA_BROKERS: 'b-1.example:9196, b-2.example:9196',
        KAFKA_AUTH: 'scram',
        KAFKA_USERNAME: 'app',
        KAFKA_PASSWORD: 's3cret',
        MSK_CLUSTER_ARN: arn,
        AWS_REGION: 'eu-west-1',
        AWS_LAMBDA_FUNCTION_NAME: 'publish',
      }),
    ).toEqual({
      brokers: ['b-1.example:9196', 'b-2.example:9196'],
      clusterArn: arn,
      auth: 'scram',
      credentials: { username: 'app', password: 's3cret' },
      region: 'eu-central-1',
      clientId: 'publish',
    });
  });

  test('takes a password as it is, with its spaces', () => {
    const scram = {
      KAFKA_BROKERS: 'b',
      KAFKA_AUTH: 'scram',
      KAFKA_USERNAME: 'app',
      KAFKA_PASSWORD: ' s3cret ',
    };
    expect(kafkaConfiguration(scram).credentials).toEqual({ username: 'app', password: ' s3cret ' });
  });

  test('takes the secret that holds user name and password, unless they are given themselves', () => {
    const scram = { KAFKA_BROKERS: 'b', KAFKA_AUTH: 'scram', KAFKA_SECRET_ARN: 'arn:secret' };
    expect(kafkaConfiguration(scram).credentials).toEqual({ secretArn: 'arn:secret' });
    expect(kafkaConfiguration({ ...scram, KAFKA_AUTH: 'mtls' }).credentials).toEqual({
      secretArn: 'arn:secret',
    });
    const own = { ...scram, KAFKA_USERNAME: 'app', KAFKA_PASSWORD: 's3cret' };
    expect(kafkaConfiguration(own).credentials).toEqual({ username: 'app', password: 's3cret' });
  });

  test('needs no more than the brokers', () => {
    expect(kafkaConfiguration({ KAFKA_BROKERS: 'localhost:9092' })).toEqual({
      brokers: ['localhost:9092'],
      clusterArn: undefined,
      auth: 'none',
      credentials: undefined,
      region: undefined,
      clientId: 'kafka-events',
    });
  });

  test.each([
    ['none', 9092],
    ['tls', 9094],
    ['mtls', 9094],
    ['scram', 9096],
    ['iam', 9098],
  ])('completes a broker without a port with the one of %s', (auth, port) => {
    const { brokers } = kafkaConfiguration({
      KAFKA_BROKERS: 'b-1.example,b-2.example:19092,',
      KAFKA_AUTH: auth,
      KAFKA_USERNAME: 'app',
      KAFKA_PASSWORD: 's3cret',
      KAFKA_SECRET_ARN: 'arn:secret',
      AWS_REGION: 'eu-west-1',
    });
    expect(brokers).toEqual([`b-1.example:${port}`, 'b-2.example:19092']);
  });

  test('takes empty and blank values for absent', () => {
    const environment = { KAFKA_BROKERS: 'b:1', KAFKA_AUTH: '', MSK_CLUSTER_ARN: '' };
    expect(kafkaConfiguration(environment)).toMatchObject({
      auth: 'none',
      clusterArn: undefined,
    });
  });

  test('leaves the brokers to a lookup when only the cluster is named', () => {
    expect(kafkaConfiguration({ MSK_CLUSTER_ARN: arn, KAFKA_AUTH: 'iam' })).toMatchObject({
      brokers: [],
      clusterArn: arn,
      region: 'eu-central-1',
    });
  });

  test.each<[string, Environment, string]>([
    ['no cluster at all', {}, 'set KAFKA_BROKERS (host:port, comma-separated) or MSK_CLUSTER_ARN'],
    ['an unknown authentication', { KAFKA_AUTH: 'plain' }, 'KAFKA_AUTH is "plain"'],
    ['the name of an inherited property', { KAFKA_AUTH: 'constructor' }, 'KAFKA_AUTH is "constructor"'],
    ['scram without a password', { KAFKA_AUTH: 'scram', KAFKA_USERNAME: 'a' }, 'KAFKA_PASSWORD'],
    ['mtls without a secret', { KAFKA_AUTH: 'mtls', KAFKA_BROKERS: 'b' }, 'KAFKA_SECRET_ARN is required'],
    ['iam without a region', { KAFKA_AUTH: 'iam', KAFKA_BROKERS: 'b:1' }, 'AWS_REGION is required'],
    ['a URL for a broker', { KAFKA_BROKERS: 'kafka://b:9092' }, 'KAFKA_BROKERS holds "kafka://b:9092"'],
    ['a broker without a host', { KAFKA_BROKERS: ':9092' }, 'KAFKA_BROKERS holds ":9092"'],
    ['port 0', { KAFKA_BROKERS: 'b:0' }, 'KAFKA_BROKERS holds "b:0"'],
    ['a port out of range', { KAFKA_BROKERS: 'b:65536' }, 'KAFKA_BROKERS holds "b:65536"'],
    ['brokers separated by blanks', { KAFKA_BROKERS: 'a:1 b:1' }, 'KAFKA_BROKERS holds "a:1 b:1"'],
    ['an IPv6 address', { KAFKA_BROKERS: '[::1]:9092' }, 'for an IPv6 address a host name'],
    ['an IPv6 address without a port', { KAFKA_BROKERS: '::1' }, 'for an IPv6 address a host name'],
    ['a cluster name for its ARN', { MSK_CLUSTER_ARN: 'demo' }, 'MSK_CLUSTER_ARN is "demo"'],
  ])('refuses %s', (_case, environment, problem) => {
    expect(problemsOf(environment)).toContain(problem);
  });

  test('names everything that is wrong at once', () => {
    const problems = problemsOf({ KAFKA_AUTH: 'scram', KAFKA_BROKERS: 'a/b', MSK_CLUSTER_ARN: 'demo' });
    expect(problems).toMatch(/KAFKA_BROKERS.*MSK_CLUSTER_ARN.*KAFKA_USERNAME/);
  });

  test('never repeats a password', () => {
    const problems = problemsOf({ KAFKA_AUTH: 'scram', KAFKA_PASSWORD: 's3cret' });
    expect(problems).toContain('KAFKA_USERNAME');
    expect(problems).not.toContain('s3cret');
  });
});
