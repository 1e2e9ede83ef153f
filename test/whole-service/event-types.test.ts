import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { copyService } from '../../lib/build/service-copy.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { freePorts, startOffline } from '../support/offline-process.ts';
import { post } from '../support/posted-event.ts';

const BUILD_DEADLINE_MS = 30_000;
const folder = mkdtempSync(join(tmpdir(), 'event-types-'));
const service = join(folder, 'service');
const eventTypes = join(service, 'lib/schema/event-types');
beforeAll(() => copyService(service));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const renamed = (nameSchema: string) => `import { defineEventType } from '../event-type.ts';

export const userRenamed = defineEventType({
  type: 'user.renamed',
  topic: 'users',
  revisions: [
    {
      type: 'object',
      properties: { id: { type: 'string', minLength: 1 }, name: ${nameSchema} },
      required: ['id'],
    },
  ],
  partitionKey: ({ id }) => id,
});
`;

test('event types are taken up while it runs, with their topics; a wrong one is told and changes nothing', async () => {
  const ports = await freePorts();
  const offline = startOffline(ports, { directory: service, flags: ['--ephemeral'] });
  await offline.started();
  const told = (message: string) =>
    eventually(message, () => offline.lines(message).length > 0, BUILD_DEADLINE_MS);
  const event = (name: unknown) => ({ type: 'user.renamed', data: { id: 'u-1', name } });
  expect((await post(ports, event('Ada'))).status).toBe(422);

  const stay = 'the build failed, the functions are unchanged';
  writeFileSync(join(eventTypes, 'user-renamed.ts'), renamed("{ type: 'string' }"));
  await told(stay);
  expect(offline.lines(stay)[0]?.reason).toMatch(
    /event-types\/user-renamed\.ts: is not in index\.ts; add "export \* from '\.\/user-renamed\.ts';" there\.$/,
  );
  const index = readFileSync(join(eventTypes, 'index.ts'), 'utf8');
  writeFileSync(join(eventTypes, 'index.ts'), `${index}export * from './user-renamed.ts';\n`);
  await told('the build works again');
  await told('validators brought up to date: + user.renamed');
  await told('topic users created, and no function of serverless.yml reads it');
  await told('publish reloaded');
  expect(await post(ports, event('Ada'))).toMatchObject({
    status: 202,
    body: { deliveries: [{ topic: 'users', offset: 0 }] },
  });
  expect((await post(ports, event(7))).status).toBe(422);
  const admin = new Kafka({ brokers: [`127.0.0.1:${ports.kafkaPort}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  expect(await admin.listTopics()).toContain('users');
  await admin.disconnect();
  // What no function reads has no dead letters.
  const operate = (...args: string[]) => {
    const tool = ['--require', 'tsx/cjs', 'lib/operate/main.ts', ...args];
    const brokers = `--brokers=127.0.0.1:${ports.kafkaPort}`;
    return spawnSync(process.execPath, [...tool, brokers], { cwd: service, encoding: 'utf8' });
  };
  for (const [args, said] of [
    [['dead-letters', 'list'], '0 dead letters in events.dlq, 0 of them replayed\n'],
    [['failed', 'list'], '0 failures in events.failed, 0 of them replayed\n'],
    [['doctor'], 'Nothing is wrong\n'],
  ] as const) {
    const { status, stdout, stderr } = operate(...args);
    expect({ status, stderr, stdout }).toEqual({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining(said),
    });
  }

  writeFileSync(join(eventTypes, 'user-renamed.ts'), renamed("{ type: 'string', format: 'nick' }"));
  await eventually('the wrong schema', () => offline.lines(stay).length === 2, BUILD_DEADLINE_MS);
  expect(offline.lines(stay)[1]?.reason).toContain(
    'user-renamed.ts: user.renamed: revisions[0]/properties/name: unknown format "nick"',
  );
  expect((await post(ports, event('Ada'))).status).toBe(202);
  expect((await post(ports, event(7))).status).toBe(422);

  writeFileSync(join(eventTypes, 'user-renamed.ts'), renamed("{ type: 'integer' }"));
  await told('validators brought up to date: ~ user.renamed');
  await eventually('the new functions', () => offline.lines('publish reloaded').length === 2);
  expect((await post(ports, event(7))).status).toBe(202);
  expect((await post(ports, event('Ada'))).status).toBe(422);
  expect(await offline.stop('SIGINT')).toBe(0);
});
