import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { copyServiceOnFixtures } from '../support/service-on-fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
const service = join(folder, 'service');
const orderPlaced = join(service, 'lib/schema/event-types/order-placed.ts');
const lockFile = join(service, 'lib/schema/event-types/schemas.lock.json');
beforeAll(() => copyServiceOnFixtures(service));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program in the service; what it says, and whether it succeeded. */
function run(...command: readonly [string, ...string[]]): { ok: boolean; said: string } {
  const [script, ...flags] = command;
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(script), ...flags], {
    cwd: service,
    encoding: 'utf8',
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
  return { ok: status === 0, said: stdout + stderr };
}
const tsx = 'node_modules/tsx/dist/cli.mjs';
const schemas = (...flags: readonly string[]) => run(tsx, 'lib/build/schemas.ts', ...flags);

test('what is released is recorded, kept, and changed only on purpose', () => {
  expect(schemas('check')).toEqual({
    ok: false,
    said: expect.stringContaining('order.placed: is not recorded yet: npm run schemas -- release'),
  });
  expect(schemas('release')).toEqual({ ok: true, said: expect.stringContaining('recorded: order.placed') });
  expect(schemas('check')).toEqual({ ok: true, said: 'The event types keep what was released.\n' });

  const before = readFileSync(orderPlaced, 'utf8');
  writeFileSync(orderPlaced, before.replace('minItems: 1', 'minItems: 2'));
  const finding = 'order.placed: revisions[0]/properties/lines/minItems: refuses data that was valid';
  for (const found of [
    schemas('check'),
    schemas('release'),
    run(tsx, 'lib/build/generate.ts'),
    run('node_modules/serverless/bin/serverless.js', 'deploy'),
  ]) {
    expect(found).toEqual({ ok: false, said: expect.stringContaining(finding) });
    expect(found.said).toContain('If it is on purpose: npm run schemas -- check --accept "<reason>"');
  }

  // A draft stays one: its type is not released with what is accepted.
  const folder = join(service, 'lib/schema/event-types');
  const index = readFileSync(join(folder, 'index.ts'), 'utf8');
  const shipped = readFileSync(join(folder, 'order-shipped.ts'), 'utf8');
  const draft = shipped.replaceAll('order.shipped', 'order.lost').replaceAll('orderShipped', 'orderLost');
  writeFileSync(join(folder, 'order-lost.ts'), draft);
  writeFileSync(join(folder, 'index.ts'), `${index}export * from './order-lost.ts';\n`);

  const reason = 'Nobody has ordered a single line.';
  expect(schemas('check', '--accept', reason)).toEqual({
    ok: true,
    said: expect.stringMatching(
      /^(?:accepted: order\.placed: revisions\[\d\]\/properties\/lines\/minItems\n)+$/,
    ),
  });
  expect(JSON.parse(readFileSync(lockFile, 'utf8'))).toMatchObject({
    decisions: [{ type: 'order.placed', reason, changes: expect.any(Array) }],
  });
  expect(schemas('check')).toEqual({
    ok: false,
    said: expect.stringMatching(/order\.lost: is not recorded yet: npm run schemas -- release\W*$/),
  });
  writeFileSync(join(folder, 'order-lost.ts'), draft.replaceAll('carrier', 'lostBy'));
  expect(schemas('release')).toEqual({ ok: true, said: 'recorded: order.lost\n' });
  expect(schemas('check').ok).toBe(true);
});

test.each([[[]], [['chek']], [['check', '--accept', ' ']], [['check', '--force']]])(
  'a wrong command line is answered with what is possible: %j',
  (flags) => {
    expect(schemas(...flags)).toEqual({
      ok: false,
      said: expect.stringMatching(/^(?:Usage: npm run schemas|--accept: say why|Unknown option '--force')/),
    });
  },
);
