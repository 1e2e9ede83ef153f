import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { connectionOptions } from '../../../lib/kafka/client/connection.ts';
import { createLog } from '../../../lib/log.ts';
import { examine } from '../../../lib/operate/doctor/examine.ts';
import type { Finding } from '../../../lib/operate/doctor/finding.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { startTestBroker } from '../../support/broker.ts';
import { freePort } from '../../support/free-port.ts';
import { startKafkaProxy } from '../../support/kafka-proxy.ts';
import { startScramGateway } from '../../support/sasl-gateway.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';
import { operate } from './dead-letter-tool.ts';

/** Free for certain. */
const ports = { HTTP_PORT: '0', LAMBDA_PORT: '0', MAPPING_PORT: '0', KAFKA_PORT: '0' };

let broker: TestKafka;
const servers: Server[] = [];

beforeEach(async () => {
  broker = await startTestKafka();
  await broker.createTopic('events', 2);
  await broker.createTopic('events.dlq', 1);
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The findings of a run, and how it ended. */
async function doctor(environment: Readonly<Record<string, string>> = {}, flags: readonly string[] = []) {
  const run = await operate(broker, ['doctor', '--json', ...flags], { ...ports, ...environment });
  const lines = run.out.split('\n').filter(Boolean);
  const findings = lines.map((line): Finding => JSON.parse(line));
  return { ...run, findings, wrong: findings.filter(({ outcome }) => outcome === 'wrong') };
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function tlsServer(): Server {
  const read = (name: string) => readFileSync(join(__dirname, '../../support/certificates', name));
  const server = createTlsServer({ key: read('broker.key'), cert: read('broker.pem') });
  return server.on('tlsClientError', () => {});
}

test('says of a sound cluster what there is', async () => {
  const { exitCode, out } = await operate(broker, ['doctor'], ports);

  expect(exitCode).toBe(0);
  expect(out).toMatch(/^ok {7}configuration {2}127\.0\.0\.1:\d+ with authentication none\n/);
  for (const said of [
    'ok       dns            127.0.0.1 is 127.0.0.1',
    'ok       topics         events has 2 partitions',
    'ok       permissions    This client may read and write events',
    'ok       permissions    This client may read events.dlq',
    'ok       groups         There is no consumer group yet',
    'ok       schemas        events is empty',
    'ok       npm start      Port 0 for the HTTP API is free',
  ]) {
    expect(out).toContain(`${said}\n`);
  }
  expect(out).toMatch(/\nNothing is wrong\n$/);
});

test('says who is in the consumer groups', async () => {
  const stop = new AbortController();
  let joined = '';
  const member = operate(
    broker,
    ['tail', 'events', '--group', 'readers'],
    {},
    {
      signal: stop.signal,
      onOut: (out) => {
        joined = out;
      },
    },
  );
  await eventually('it has joined', () => joined.includes('reads'));
  const { findings } = await doctor();
  stop.abort();
  await member;

  expect(findings.filter(({ step }) => step === 'groups').map(({ says }) => says)).toEqual([
    expect.stringMatching(/^readers is Stable: kafka-events at \S+ has events\/0, events\/1$/),
  ]);
});

describe('finds, with its fix', () => {
  test('a host name that does not exist', async () => {
    const { exitCode, wrong, findings } = await doctor({}, ['--brokers', 'nowhere.invalid:9092']);
    expect(exitCode).toBe(1);
    expect(wrong).toEqual([
      {
        step: 'dns',
        outcome: 'wrong',
        says: expect.stringContaining('nowhere.invalid cannot be resolved'),
        fix: expect.stringContaining('Correct the name in KAFKA_BROKERS'),
      },
    ]);
    expect(findings).toContainEqual(expect.objectContaining({ step: 'topics', outcome: 'skipped' }));
  });

  test('a port where nothing listens, also of one broker of several', async () => {
    const closed = `127.0.0.1:${await freePort()}`;
    const { wrong, findings } = await doctor({}, ['--brokers', `${closed},${broker.address}`]);
    expect(wrong).toMatchObject([{ step: 'port', says: `Nothing listens at ${closed}` }]);
    expect(findings).toContainEqual(expect.objectContaining({ step: 'topics', outcome: 'ok' }));
  });

  test('a plaintext port that TLS was tried at', async () => {
    const { wrong } = await doctor({}, ['--auth', 'tls']);
    expect(wrong).toMatchObject([
      {
        step: 'tls',
        says: expect.stringContaining('does not speak TLS'),
        fix: expect.stringContaining('--auth none'),
      },
    ]);
  });

  test('a TLS port that plaintext was tried at', async () => {
    const port = await listen(tlsServer());
    const { wrong } = await doctor({}, ['--brokers', `127.0.0.1:${port}`]);
    expect(wrong).toMatchObject([
      { step: 'tls', says: `127.0.0.1:${port} speaks TLS, and plaintext was tried` },
    ]);
  });

  test('a certificate that is not trusted', async () => {
    const port = await listen(tlsServer());
    const { wrong } = await doctor({}, ['--brokers', `localhost:${port}`, '--auth', 'tls']);
    expect(wrong).toMatchObject([
      {
        step: 'tls',
        says: expect.stringContaining('is not trusted'),
        fix: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      },
    ]);
  });

  test('a port of something else', async () => {
    const port = await listen(
      createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    const { wrong } = await doctor({}, ['--brokers', `127.0.0.1:${port}`]);
    expect(wrong).toMatchObject([
      { step: 'credentials', says: expect.stringContaining('does not answer as Kafka') },
    ]);
  });

  test('a wrong password', async () => {
    const gateway = await startScramGateway(broker, { username: 'orders', password: 'right' });
    const findings: Finding[] = [];
    for await (const finding of examine({
      environment: {
        KAFKA_BROKERS: gateway.address,
        KAFKA_AUTH: 'scram',
        KAFKA_USERNAME: 'orders',
        KAFKA_PASSWORD: 'wrong',
      },
      log: createLog({ write: () => {} }),
      signal: new AbortController().signal,
      records: 1,
      // The gateway has no certificate; everything else is as on AWS.
      connect: async (configuration) => ({ ...(await connectionOptions(configuration)), ssl: false }),
    })) {
      findings.push(finding);
    }
    expect(findings.filter(({ outcome }) => outcome === 'wrong')).toEqual([
      {
        step: 'credentials',
        outcome: 'wrong',
        says: expect.stringContaining('The cluster refused the scram-sha-512 credentials'),
        fix: expect.stringContaining('Check KAFKA_USERNAME and KAFKA_PASSWORD'),
      },
    ]);
  });

  test('no brokers, and credentials that are missing', async () => {
    const { wrong } = await doctor({ KAFKA_BROKERS: '', KAFKA_AUTH: 'iam' });
    expect(wrong).toMatchObject([
      { step: 'configuration', says: expect.stringMatching(/KAFKA_BROKERS .*AWS_REGION /) },
    ]);
  });

  test('a topic that is missing, and the prefix that was forgotten', async () => {
    const other = await startTestBroker();
    other.createTopic('dev.events', 1);
    const { wrong } = await doctor({}, ['--brokers', other.address]);
    expect(wrong).toMatchObject([
      {
        step: 'topics',
        says: 'There is no topic events',
        fix: expect.stringContaining('set KAFKA_TOPIC_PREFIX=dev.'),
      },
      { step: 'topics', says: 'There is no topic events.dlq' },
    ]);
  });

  test('a permission that is missing', async () => {
    const embedded = await startTestBroker();
    embedded.createTopic('events', 1);
    embedded.createTopic('events.dlq', 1);
    const everything = 0b1101_1111_1000;
    const read = 1 << 3;
    const proxy = await startKafkaProxy(embedded, {
      metadata: (response) => {
        // The operations of the last topic; behind them are those of the cluster.
        const at = response.length - 8;
        if (response.readInt32BE(at) === everything) response.writeInt32BE(everything & ~read, at);
      },
    });
    const { wrong } = await doctor({}, ['--brokers', proxy.address]);
    expect(wrong).toEqual([
      {
        step: 'permissions',
        outcome: 'wrong',
        says: 'This client may not read events.dlq',
        fix: 'Allow kafka-cluster:ReadData, or read in an ACL',
      },
    ]);
  });

  test('records that the catalogue does not accept, without their data', async () => {
    const shipped = '{"orderId":"o-1","carrier":"post"}';
    await operate(broker, ['produce', 'order.shipped', '--data', shipped]);
    const old = ['--header', 'ce_type=order.shipped', '--header', 'ce_specversion=1.0'];
    const headers = [...old, '--header', 'ce_id=1', '--header', 'ce_source=/old'];
    const raw = ['produce', '--raw', '--topic', 'events', '--key', 'k', ...headers];
    await operate(broker, [...raw, '--data', '{"orderId":"secret-1","carrier":7}']);

    const { exitCode, wrong, out } = await doctor();
    expect(exitCode).toBe(1);
    expect(wrong).toMatchObject([
      {
        step: 'schemas',
        says: expect.stringMatching(
          /^The catalogue refuses 1 of the last 2 records of events, first events\/\d\/\d \(order\.shipped\): \/data\/carrier Must be string\.$/,
        ),
        fix: expect.stringMatching(/npm run kafka -- tail events --from \d:\d -n 1$/),
      },
    ]);
    expect(out).not.toContain('secret-1');
    expect((await doctor({}, ['--records', '0'])).exitCode).toBe(0);
  });

  test('a port of npm start that another program has', async () => {
    const port = await listen(createServer((socket) => socket.destroy()));
    const { wrong } = await doctor({ KAFKA_PORT: String(port) });
    expect(wrong).toMatchObject([
      {
        step: 'npm start',
        says: expect.stringContaining(`Port ${port} for the Kafka broker is taken by another program`),
      },
    ]);
  });
});
