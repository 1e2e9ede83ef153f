import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

jest.setTimeout(300_000);

const sources = ['package.json', 'tsconfig.json', '.swcrc', 'handlers', 'lib', 'test'];
const eventTypes = path.join('lib', 'schema', 'event-types');
const userRenamed = `
import { defineEventType } from '../event-type.ts';

export const userRenamed = defineEventType({
  type: 'user.renamed',
  revisions: [
    {
      type: 'object',
      properties: { userId: { type: 'string', minLength: 1 }, name: { type: 'string', sensitive: true } },
      required: ['userId', 'name'],
    },
  ],
  partitionKey: ({ userId }) => userId,
});
`;
/** What a team writes about its own event type. */
const ownTest = `
import { loggableData } from '../../lib/schema/redaction.ts';
import { validateEvent } from '../../lib/schema/validation.ts';

test('the new name of a user is not logged', () => {
  const attributes = { specversion: '1.0', id: '1', source: '/test', type: 'user.renamed' } as const;
  const checked = validateEvent({ attributes, data: { userId: 'u-1', name: 'Zoe' } });
  expect(checked.ok && checked.value.type === 'user.renamed' && checked.value.data.userId).toBe('u-1');
  expect(checked.ok && loggableData(checked.value)).toEqual({ userId: 'u-1', name: '[redacted]' });
});
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'own-event-types-'));
  for (const source of sources) await cp(source, path.join(folder, source), { recursive: true });
  await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a program of node_modules in the copy; its output, with that of a failure. */
async function run(program: string, ...args: string[]): Promise<string> {
  const file = path.join('node_modules', '.bin', program);
  const { FORCE_COLOR: _, ...env } = process.env;
  const { stdout, stderr } = await promisify(execFile)(file, args, { cwd: folder, env }).catch(
    (error: unknown) => {
      throw new Error(`${program} ${args.join(' ')}\n${Object(error).stdout}\n${Object(error).stderr}`);
    },
  );
  return stdout + stderr;
}

test("the samples can be deleted, and an event type of one's own takes their place", async () => {
  const remove = { recursive: true };
  await rm(path.join(folder, eventTypes, 'samples'), remove);
  await rm(path.join(folder, 'test', 'service', 'samples'), remove);
  await writeFile(path.join(folder, eventTypes, 'index.ts'), 'export {};\n');
  expect(await run('tsx', 'lib/build/generate.ts')).toContain(
    '- message.posted - order.placed - order.shipped',
  );
  await run('tsc');

  await writeFile(path.join(folder, eventTypes, 'user-renamed.ts'), userRenamed);
  await writeFile(path.join(folder, eventTypes, 'index.ts'), `export * from './user-renamed.ts';\n`);
  await writeFile(path.join(folder, 'test', 'service', 'user-renamed.test.ts'), ownTest);
  expect(await run('tsx', 'lib/build/generate.ts')).toContain(
    'validators brought up to date: + user.renamed',
  );
  await run('tsc');
  await run('tsc', '-p', 'test');
  const tested = await run(
    'jest',
    '--maxWorkers=1',
    '--selectProjects',
    'unit',
    'service',
    '--',
    'test/unit/lib/schema',
    'test/unit/lib/build/compile',
    'test/service',
  );
  expect(tested).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
  expect(tested).toContain('test/service/user-renamed.test.ts');
});
