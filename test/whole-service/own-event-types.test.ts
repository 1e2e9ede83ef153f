import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { blocksOf } from '../readme/blocks.ts';

jest.setTimeout(900_000);

/** What a checkout has besides its sources, at any depth. */
const NOT_SOURCES = /^(node_modules|\.git|\.cache|\.kafka|\.local|\.esbuild|\.serverless|coverage)$/;
/** The suites that could meet the event types of a team. The others know the protocol, not the catalogue. */
const SUITES = ['test/service/', 'test/unit/', 'test/integration/bundles/', 'test/integration/start/'];
const eventTypes = path.join('lib', 'schema', 'event-types');
const index = path.join(eventTypes, 'index.ts');
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
let service: string;
/** Where suites of the copy make folders of their own, so that they go with it. */
let temporary: string;
const write = (file: string, text: string) => writeFileSync(path.join(service, file), text);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'own-event-types-'));
  service = path.join(folder, 'service');
  temporary = path.join(folder, 'temporary');
  mkdirSync(temporary);
  const filter = (source: string) => !NOT_SOURCES.test(path.basename(source));
  cpSync('.', service, { recursive: true, filter });
  symlinkSync(path.resolve('node_modules'), path.join(service, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of node_modules in the copy; its output, with that of a failure. */
async function run(program: string, ...args: string[]): Promise<string> {
  const file = path.join('node_modules', '.bin', program);
  const { FORCE_COLOR: _, ...environment } = process.env;
  const env = { ...environment, TMPDIR: temporary };
  const { stdout, stderr } = await promisify(execFile)(file, args, { cwd: service, env }).catch(
    (error: unknown) => {
      throw new Error(`${program} ${args.join(' ')}\n${Object(error).stdout}\n${Object(error).stderr}`);
    },
  );
  return stdout + stderr;
}

/** Deletes the samples as `lib/schema/event-types/index.ts` and README say: two folders and a line. */
function deleteSamples(): void {
  for (const samples of [path.join(eventTypes, 'samples'), 'test/service/samples']) {
    expect(existsSync(path.join(service, samples))).toBe(true);
    rmSync(path.join(service, samples), { recursive: true });
  }
  write(index, 'export {};\n');
}

test("the samples can be deleted, and an event type of one's own takes their place in all that reads the catalogue", async () => {
  deleteSamples();
  expect(await run('tsx', 'lib/build/generate.ts')).toContain(
    '- message.posted - order.placed - order.shipped',
  );
  await run('tsc');

  const file = `${eventTypes.split(path.sep).join('/')}/user-renamed.ts`;
  const recipe = blocksOf('.', 'README.md').find((block) => block.file === file);
  write(file, `${recipe?.lines.join('\n')}\n`);
  write(index, `export * from './user-renamed.ts';\n`);
  write('test/service/user-renamed.test.ts', ownTest);
  expect(await run('tsx', 'lib/build/generate.ts')).toContain(
    'validators brought up to date: + user.renamed',
  );
  const [tested] = await Promise.all([
    run('jest', '--errorOnDeprecated', '--maxWorkers=3', '--', ...SUITES),
    run('tsc').then(() => run('tsc', '-p', 'test')),
  ]);
  expect(tested).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
  for (const suites of SUITES) expect(tested).toContain(suites);
});
