import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPorts } from '../../lib/local/start/ports.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { kafkaClient, startTestBroker } from '../support/broker.ts';
import { freePort } from '../support/free-port.ts';
import { freePorts, type Ports, startOffline } from '../support/offline-process.ts';
import { consumed, expectFirstConsumed, post, postedEvent } from '../support/posted-event.ts';

const allFree = ({ httpPort, lambdaPort, mappingPort, kafkaPort }: Ports) =>
  claimPorts(
    [
      { port: httpPort, host: 'localhost' },
      { port: lambdaPort, host: 'localhost' },
      { port: mappingPort, host: 'localhost' },
      { port: kafkaPort, host: '127.0.0.1' },
    ].map((each) => ({ ...each, purpose: 'the next run', flag: '', variable: '' })),
  );

test.each([
  ['SIGTERM', ['offline', 'start'], 'SIGTERM'],
  ['Ctrl-C on plain `offline`', ['offline'], 'SIGINT'],
] as const)('what is posted is consumed, and %s ends the loop cleanly', async (_case, command, signal) => {
  const offline = startOffline(await freePorts(), { command: [...command], flags: ['--ephemeral'] });
  await offline.started();

  await expectFirstConsumed(offline);

  expect(await offline.stop(signal)).toBe(0);
  await allFree(offline.ports);
});

test('what was posted before a restart is kept and not consumed twice, unless --reset', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'npm-start-'));
  const ports = await freePorts();
  const run = async (...flags: string[]) => {
    const offline = startOffline(ports, { flags: ['--dataDirectory', dataDirectory, ...flags] });
    await offline.started();
    await post(ports, postedEvent(1));
    await consumed(offline, 1);
    expect(await offline.stop('SIGINT')).toBe(0);
    return offline.lines('event consumed').map(({ offset }) => offset);
  };
  try {
    expect(await run()).toEqual([0]);
    expect(await run()).toEqual([1]);
    expect(await run('--reset')).toEqual([0]);
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
});

test('a prefix is put before the name of every topic, which is published to and read under it', async () => {
  const offline = startOffline(await freePorts(), {
    flags: ['--ephemeral', '--param', 'topicPrefix=team_a.'],
  });
  await offline.started();
  await post(offline.ports, [postedEvent(1), postedEvent(2)]);
  expect(await consumed(offline, 2)).toEqual([
    expect.objectContaining({ topic: 'team_a.events' }),
    expect.objectContaining({ topic: 'team_a.events' }),
  ]);
  expect(await offline.stop('SIGINT')).toBe(0);
});

test('each event takes effect once, although every batch is delivered twice and the run is started again', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'npm-start-'));
  const flags = [
    '--dataDirectory',
    dataDirectory,
    '--param',
    'idempotency=dynamodb',
    '--duplicate-rate',
    '1',
  ];
  const ports = await freePorts();
  const run = async (ids: number[], ...more: string[]) => {
    const offline = startOffline(ports, { flags: [...flags, ...more] });
    await offline.started();
    // Posted again after an answer that was lost: with the same id.
    const events = ids.map((id) => ({ ...postedEvent(id), id: `event-${id}`, source: '/client' }));
    await post(ports, [...events, ...events]);
    await eventually('the second delivery of every event', () => {
      const skipped = offline.lines('event skipped').length;
      return offline.lines('event consumed').length + skipped >= 4 * ids.length;
    });
    expect(await offline.stop('SIGINT')).toBe(0);
    return offline.lines('event consumed').map(({ key }) => key);
  };
  try {
    expect((await run([1, 2, 3])).sort()).toEqual(['1', '2', '3']);
    expect(await run([3, 4])).toEqual(['4']);
    expect(await run([3], '--reset')).toEqual(['3']);
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
});

describe('npm start', () => {
  const npmStart = async (flags: string[], environment: Record<string, string> = {}) =>
    startOffline(await freePorts(), { command: 'npm start', flags, environment });

  test.each([
    [
      'a flag that does not exist',
      ['--partition', '3'],
      {},
      'There is no flag --partition; did you mean --partitions?',
    ],
    ['a value without a flag', ['3001'], {}, '"3001" is not a flag or the value of one'],
    [
      'a flag that npm took as its own',
      [],
      { npm_config_ephemeral: 'true' },
      'npm took --ephemeral as its own: put "--" in front of flags',
    ],
  ] as const)('names %s, and starts nothing', async (_case, flags, environment, message) => {
    const start = await npmStart([...flags], environment);
    expect(await start.ended()).toBe(1);
    expect(start.output()).toMatch(/^Starting the service/);
    expect(start.output()).toContain(message);
    expect(start.output()).not.toContain('Kafka  ');
    await allFree(start.ports);
  });

  test('tells the doctor where it runs, as long as it runs', async () => {
    const start = await npmStart(['--ephemeral']);
    await start.started();
    const { httpPort, mappingPort, kafkaPort } = start.ports;
    const doctor = () => {
      const command = ['lib/operate/main.ts', 'doctor', '--brokers', `127.0.0.1:${kafkaPort}`];
      const options = { cwd: start.directory, encoding: 'utf8' } as const;
      return spawnSync(process.execPath, [require.resolve('tsx/cli'), ...command], options).stdout;
    };
    const mappings = `http://localhost:${mappingPort}/2015-03-31/event-source-mappings`;
    expect(doctor()).toContain(
      `is running: HTTP API at http://localhost:${httpPort}, mappings at ${mappings}, Kafka at 127.0.0.1:${kafkaPort}\n`,
    );
    expect(await start.stop('SIGINT')).toBe(0);
    // An npm start of somebody else may run on the ports that it looks at by default.
    expect(doctor()).not.toContain(mappings);
  });

  test('says that a change to serverless.yml needs a restart', async () => {
    const start = await npmStart(['--ephemeral']);
    await start.started();
    appendFileSync(join(start.directory, 'serverless.yml'), '# changed\n');
    await eventually('the word of it', () =>
      start.output().includes('serverless.yml has changed: restart npm start to apply it'),
    );
    expect(await start.stop('SIGINT')).toBe(0);
  });

  test('on a cluster of others names who else is in its group, and the topics whose partitions stay', async () => {
    const broker = await startTestBroker();
    broker.createTopic('events', 5);
    const consumer = kafkaClient(broker, { clientId: 'billing' }).consumer({ groupId: 'team' });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: ['events'] });
      await consumer.run({ eachMessage: async () => {} });
      await joined;
      const start = await npmStart(['--brokers', broker.address, '--group', 'team', '--partitions', '3']);
      await start.started();
      expect(start.output()).toContain('events keeps its 5 partitions');
      expect(start.output()).toMatch(/The consumer group team has members already.*: billing \(/);
      expect(await start.stop('SIGINT')).toBe(0);
    } finally {
      await consumer.disconnect();
    }
  });
});

test('a cluster that does not answer is named at once, with a counter and what to unset', async () => {
  // Accepts connections and never answers, as some proxies and load balancers do.
  const silent = createServer((socket) => socket.resume().on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const unreachable = {
    'a closed port': `127.0.0.1:${await freePort()}`,
    'a silent port': `127.0.0.1:${Object(silent.address()).port}`,
    // RFC 5737, "IPv4 Address Blocks Reserved for Documentation": no host has it.
    'an address without a route': '192.0.2.1:9092',
    'a name that no DNS server knows': 'kafka.invalid:9092',
  };
  const starts = Object.entries(unreachable).map(async ([name, brokers]) => {
    const offline = startOffline(await freePorts(), { environment: { KAFKA_BROKERS: brokers } });
    const seen = (text: string) =>
      eventually(`${name}: ${text}`, () => offline.output().includes(text) && Date.now(), 60_000);
    const connectingAt = await seen(`Connecting to ${brokers}`);
    const saidAt = await seen(`No answer from ${brokers} for 1 s. Unset KAFKA_BROKERS`);
    // A second, and what a busy machine takes to load the Kafka client.
    expect(saidAt - connectingAt).toBeLessThan(5_000);
    await seen(`No answer from ${brokers} for 2 s`);
    await seen(`Topics could not be created on ${brokers}`);
    expect(await offline.ended()).toBe(1);
  });
  try {
    await Promise.all(starts);
  } finally {
    silent.close();
  }
});

test('taken ports are named with their flags, and nothing is started', async () => {
  const ports = await freePorts();
  const others = await Promise.all(
    Object.entries(ports).map(async ([name, port]) => {
      const other = createServer().listen(port, name === 'kafkaPort' ? '127.0.0.1' : 'localhost');
      await once(other, 'listening');
      return other;
    }),
  );
  try {
    const offline = startOffline(ports, { flags: ['--ephemeral'] });
    expect(await offline.ended()).toBe(1);
    for (const [name, port] of Object.entries(ports)) {
      expect(offline.output()).toMatch(new RegExp(`Port ${port} for .* is taken .* --${name} `));
    }
    expect(offline.output()).not.toContain('Starting Offline');
  } finally {
    for (const other of others) other.close();
  }
  await allFree(ports);
});

test('one taken port is enough, and nothing is left running', async () => {
  const ports = await freePorts();
  const other = createServer().listen(ports.lambdaPort, 'localhost');
  await once(other, 'listening');
  const offline = startOffline(ports, { flags: ['--ephemeral'] });
  expect(await offline.ended()).toBe(1);
  expect(offline.output()).toContain(`Port ${ports.lambdaPort} for invoking functions is taken`);
  await new Promise((closed) => other.close(closed));
  await allFree(ports);
});
