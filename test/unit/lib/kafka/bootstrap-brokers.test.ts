import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { lookUpBootstrapBrokers } from '../../../../lib/kafka/bootstrap-brokers.ts';
import { connectionOptions } from '../../../../lib/kafka/client/connection.ts';
import { kafkaConfiguration } from '../../../../lib/kafka/configuration.ts';

const arn = 'arn:aws:kafka:eu-central-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1';
const allListeners = {
  bootstrapBrokerString: 'b-1.example:9092,b-2.example:9092',
  bootstrapBrokerStringTls: 'b-1.example:9094,b-2.example:9094',
  bootstrapBrokerStringSaslScram: 'b-1.example:9096,b-2.example:9096',
  bootstrapBrokerStringSaslIam: 'b-1.example:9098,b-2.example:9098',
};

/** Amazon MSK, as far as HTTP goes. */
let amazonMsk: Server;
let answer: { status: number; body: object };
let requests: { url: string | undefined; authorization: string | undefined }[];

beforeAll(async () => {
  amazonMsk = createServer(({ url, headers: { authorization } }, response) => {
    requests.push({ url, authorization });
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1');
  await once(amazonMsk, 'listening');
});
afterAll(() => {
  amazonMsk.close();
  amazonMsk.closeAllConnections();
});

beforeEach(() => {
  answer = { status: 200, body: allListeners };
  requests = [];
  const address = amazonMsk.address();
  jest.replaceProperty(process, 'env', {
    ...process.env,
    AWS_ENDPOINT_URL_KAFKA: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_REGION: 'eu-west-1',
    // The SDK that is locked runs on Node.js 20; its warning is about later ones.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const configurationFor = (auth: string) =>
  kafkaConfiguration({
    MSK_CLUSTER_ARN: arn,
    KAFKA_AUTH: auth,
    KAFKA_USERNAME: 'app',
    KAFKA_PASSWORD: 's3cret',
    AWS_REGION: 'eu-west-1',
  });

describe('lookUpBootstrapBrokers', () => {
  test.each([
    ['none', 9092],
    ['tls', 9094],
    ['scram', 9096],
    ['iam', 9098],
  ])('finds the brokers that fit %s', async (auth, port) => {
    expect(await lookUpBootstrapBrokers(configurationFor(auth))).toEqual([
      `b-1.example:${port}`,
      `b-2.example:${port}`,
    ]);
  });

  test('asks in the region of the cluster', async () => {
    await lookUpBootstrapBrokers(configurationFor('iam'));
    expect(requests).toEqual([
      {
        url: `/v1/clusters/${encodeURIComponent(arn)}/bootstrap-brokers`,
        authorization: expect.stringContaining('/eu-central-1/kafka/aws4_request'),
      },
    ]);
  });

  test('says which authentication the cluster does not have', async () => {
    answer.body = { bootstrapBrokerStringSaslIam: allListeners.bootstrapBrokerStringSaslIam };
    await expect(lookUpBootstrapBrokers(configurationFor('scram'))).rejects.toMatchObject({
      code: 'configuration_error',
      message: expect.stringContaining('KAFKA_AUTH=scram'),
    });
  });

  test.each([
    ['the cluster does not exist', 404, 'NotFoundException'],
    ['the role may not ask', 403, 'ForbiddenException'],
  ])('says what to check when %s', async (_case, status, name) => {
    answer = { status, body: { __type: name, message: `${name} of the API` } };
    await expect(lookUpBootstrapBrokers(configurationFor('iam'))).rejects.toMatchObject({
      code: 'configuration_error',
      message: expect.stringMatching(/API.*MSK_CLUSTER_ARN.*kafka:GetBootstrapBrokers/),
    });
  });
});

describe('connectionOptions', () => {
  test('takes the looked-up brokers', async () => {
    const { brokers } = await connectionOptions(configurationFor('tls'));
    expect(brokers).toEqual(['b-1.example:9094', 'b-2.example:9094']);
  });

  test('asks nobody when the brokers are configured', async () => {
    await connectionOptions({ ...configurationFor('tls'), brokers: ['b-3.example:9094'] });
    expect(requests).toEqual([]);
  });
});
