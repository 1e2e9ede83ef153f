import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '../../lib/testing/eventually.ts';
import { type FixtureService, fixtureService } from '../support/fixture-service.ts';
import { freePorts, type Ports, startOffline } from '../support/offline-process.ts';

const cluster = 'arn:aws:kafka:eu-west-1:111122223333:cluster/local/00000000-0000-0000-0000-000000000000-1';
const plugins = ['./esbuild-plugin.cjs'];

/** A handler that says which version of it has seen which record. */
const handler = (version: number) => `
exports.handler = async ({ records }) => {
  for (const { offset } of Object.values(records).flat()) {
    console.log(JSON.stringify({ message: 'noted', version: ${version}, offset }));
  }
};
`;

async function send({ kafkaPort }: Ports, value: string): Promise<void> {
  const kafka = new Kafka({ brokers: [`127.0.0.1:${kafkaPort}`], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'notes', messages: [{ partition: 0, value }] });
  await producer.disconnect();
}

let service: FixtureService;
beforeEach(() => {
  service = fixtureService(
    {
      functions: {
        note: {
          handler: 'handlers/read.handler',
          events: [{ msk: { arn: cluster, topic: 'notes', consumerGroupId: 'notes' } }],
        },
      },
      package: {},
      custom: {
        local: { partitions: 1 },
        esbuild: { bundle: true },
      },
    },
    plugins,
  );
  writeFileSync(join(service.directory, 'handlers/read.js'), handler(1));
  writeFileSync(
    join(service.directory, 'esbuild-plugin.cjs'),
    `module.exports = require(${JSON.stringify(resolve('lib/build/esbuild-plugin.cjs'))});\n`,
  );
});
afterEach(() => service.remove());

test('changed code takes effect without a restart, and no record is lost or repeated', async () => {
  const offline = startOffline(await freePorts(), { flags: ['--ephemeral'], directory: service.directory });
  await offline.started();
  const noted = (version: number) => offline.lines('noted').filter((line) => line.version === version);
  await send(offline.ports, 'before');
  await eventually('the first version', () => noted(1).length > 0);

  writeFileSync(join(service.directory, 'handlers/read.js'), handler(2));
  const bundle = join(service.directory, '.local/handlers/read.js');
  await eventually('a new bundle', () => readFileSync(bundle, 'utf8').includes('version: 2'), 30_000);
  await eventually('the word of it', () => offline.lines('note reloaded').length > 0);
  await send(offline.ports, 'after');
  await eventually('the second version', () => noted(2).length > 0);

  expect(offline.lines('noted').map(({ offset }) => offset)).toEqual([0, 1]);
  expect(await offline.stop('SIGINT')).toBe(0);
});

test('a function that hangs does not hold up Ctrl-C, and its record is delivered again after a restart', async () => {
  const hanging =
    "exports.handler = () => { console.log(JSON.stringify({ message: 'hanging' })); return new Promise(() => {}); };";
  writeFileSync(join(service.directory, 'handlers/read.js'), hanging);
  const ports = await freePorts();
  const first = startOffline(ports, { directory: service.directory });
  await first.started();
  await send(ports, 'kept');
  await eventually('the invocation', () => first.lines('hanging').length > 0);
  expect(await first.stop('SIGINT')).toBe(0);

  writeFileSync(join(service.directory, 'handlers/read.js'), handler(1));
  const second = startOffline(ports, { directory: service.directory });
  await second.started();
  await eventually('the record', () => second.lines('noted').length > 0);
  expect(second.lines('noted').map(({ offset }) => offset)).toEqual([0]);
  expect(await second.stop('SIGTERM')).toBe(0);
});

test('code that does not build is told, and nothing is left running', async () => {
  writeFileSync(join(service.directory, 'handlers/read.js'), 'exports.handler = (');
  const offline = startOffline(await freePorts(), { flags: ['--ephemeral'], directory: service.directory });
  expect(await offline.ended()).toBe(1);
  expect(offline.output()).toContain('Unexpected end of file');
});

test('a change that does not build is told with file and line, and the functions stay as they are', async () => {
  const offline = startOffline(await freePorts(), { flags: ['--ephemeral'], directory: service.directory });
  await offline.started();
  writeFileSync(join(service.directory, 'handlers/read.js'), '\nexports.handler = (');
  const message = 'the build failed, the functions are unchanged';
  const [line] = await eventually(
    'the problem',
    () => offline.lines(message).length > 0 && offline.lines(message),
    30_000,
  );
  expect(line?.reason).toContain('handlers/read.js:2:20: ');

  await send(offline.ports, 'after');
  await eventually('the record', () => offline.lines('noted').length > 0);
  expect(offline.lines('noted').map(({ version }) => version)).toEqual([1]);

  // The bundle of the last good build, byte for byte: nothing is reloaded.
  writeFileSync(join(service.directory, 'handlers/read.js'), handler(1));
  await eventually('the good news', () => offline.lines('the build works again').length === 1, 30_000);
  expect(offline.lines('note reloaded')).toEqual([]);
  expect(await offline.stop('SIGINT')).toBe(0);
});

test('a mapping that needs what is not there is named, and nothing is left running', async () => {
  const schemaRegistry = {
    uri: 'http://127.0.0.1:1',
    eventRecordFormat: 'JSON',
    validationAttributes: ['VALUE'],
  };
  service.configure({
    functions: {
      note: {
        handler: 'handlers/read.handler',
        events: [{ msk: { arn: cluster, topic: 'notes', provisionedPollers: { min: 1 }, schemaRegistry } }],
      },
    },
  });
  const offline = startOffline(await freePorts(), { flags: ['--ephemeral'], directory: service.directory });
  expect(await offline.ended()).toBe(1);
  expect(offline.output()).toContain('The mapping of notes to note could not start');
});

test('what an earlier build has left behind is not packed', async () => {
  const leftover = join(service.directory, '.esbuild/.build/handlers');
  mkdirSync(leftover, { recursive: true });
  writeFileSync(join(leftover, 'leftover.js'), 'exports.handler = async () => {};\n');

  const { code, output } = await service.serverless('package');
  expect(output).toContain('Service packaged');
  expect(code).toBe(0);
  const archive = readFileSync(join(service.directory, '.serverless/fixture.zip'), 'latin1');
  expect(archive).toContain('handlers/read.js');
  expect(archive).not.toContain('leftover.js');
});

test('`invoke local` runs the function without a broker', async () => {
  writeFileSync(join(service.directory, 'event.json'), '{"records":{"notes-0":[{"offset":7}]}}');
  const { code, output } = await service.serverless('invoke', 'local', '-f', 'note', '-p', 'event.json');
  expect(output).toContain('{"message":"noted","version":1,"offset":7}');
  expect(code).toBe(0);
});
