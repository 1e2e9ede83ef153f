import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { stackParameters } from '../../lib/stack/parameters.ts';
import { scripts } from '../../package.json';
import { blocksOf, commandsOf, linksOf, readmes } from '../readme/blocks.ts';
import { CommandCheck } from '../readme/command-check.ts';
import { jestFlags, serverlessCommands } from '../readme/known-flags.ts';
import { lintProblems } from '../readme/lint-check.ts';
import { typeProblems } from '../readme/type-check.ts';

const root = resolve(__dirname, '../..');
const commandCheck = new CommandCheck(root, scripts, {
  serverless: serverlessCommands(root),
  jestFlags: jestFlags(root),
  parameters: Object.keys(stackParameters({}, 'dev')),
});

describe.each(readmes(root))('%s', (readme) => {
  test('has TypeScript that compiles where it stands', () => {
    expect(typeProblems(root, readme)).toEqual([]);
  });

  test('has TypeScript that npm run lint accepts', () => {
    expect(lintProblems(root, readme)).toEqual([]);
  });

  test('names commands, flags and parameters that exist', () => {
    expect(commandsOf(root, readme).flatMap((command) => commandCheck.problems(command))).toEqual([]);
  });

  test('sets no variable in front of a command, which cmd and PowerShell cannot do', () => {
    const text = readFileSync(join(root, readme), 'utf8');
    expect(text).not.toMatch(/\b[A-Z][A-Z\d_]*=\S+ (?:npm|npx|node)\b/);
  });

  test('links to files that exist', () => {
    const missing = linksOf(root, readme).filter(
      (target) => !existsSync(join(root, dirname(readme), target)),
    );
    expect(missing).toEqual([]);
  });
});

test('README.md is short: 150 lines at most', () => {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(150);
});

describe('a README', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'readme-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const readmeOf = (...lines: string[]) => {
    writeFileSync(join(folder, 'README.md'), lines.join('\n'));
    return relative(root, join(folder, 'README.md'));
  };

  test('has its blocks compiled in the files that its comments name, and told by its own lines', () => {
    const readme = readmeOf(
      '<!-- file: lib/example.ts -->',
      '```ts',
      "import { parseJson } from './json.ts';",
      '```',
      'is used like this:',
      '<!-- continues -->',
      '```ts',
      "export const parsed = parseJson('1');",
      'export const wrong: string = 1;',
      '```',
      '<!-- file: handlers/example.ts -->',
      '```ts',
      "export { parsed } from '../lib/example.ts';",
      "export { missing } from '../lib/example.ts';",
      '```',
    );
    expect(typeProblems(root, readme)).toEqual([
      expect.stringMatching(/README.md:9: .*number.*not assignable.*string/),
      expect.stringMatching(/README.md:14: .*no exported member.*missing/),
    ]);
  });

  test('has its blocks linted, and told by its own lines', () => {
    const readme = readmeOf(
      '<!-- file: lib/first.ts -->',
      '```ts',
      'export const  wrong = 1;',
      '```',
      '<!-- file: lib/example.ts -->',
      '```ts',
      '',
      "export { Kafka } from 'kafkajs';",
      '```',
      '<!-- file: .local/example.mts -->',
      '```ts',
      "export { Kafka } from 'kafkajs';",
      '```',
    );
    expect(lintProblems(root, readme)).toEqual([
      expect.stringMatching(/README.md:8: Only lib\/kafka\/client imports kafkajs/),
      expect.stringMatching(/README.md:3: npm run format would change it/),
      expect.stringMatching(/README.md:7: npm run format would change it/),
    ]);
  });

  test('has its commands read, whatever surrounds them', () => {
    const readme = readmeOf(
      'Run `npm run a` first.',
      '   ```sh',
      '   npm run b -- --c \\',
      "     'd e' # all of it",
      '   $ F=1 npm run g && npx h',
      '   ```',
      '```ts',
      'npm run nothing',
      '```',
    );
    expect(commandsOf(root, readme).map(({ words }) => words.join(' '))).toEqual([
      'npm run b -- --c d e',
      'npm run g',
      'npx h',
      'npm run a',
    ]);
  });

  test('marks the commands that are run', () => {
    const readme = readmeOf(
      '<!-- run until: is up -->',
      '',
      '```',
      'a',
      '```',
      '<!-- run -->',
      '```sh',
      'b',
      '```',
      '```',
      'c',
      '```',
    );
    expect(blocksOf(root, readme)).toMatchObject([
      { lines: ['a'], run: true, until: 'is up' },
      { lines: ['b'], run: true, until: undefined },
      { lines: ['c'], run: false },
    ]);
  });
});

describe('the check of commands', () => {
  test.each([
    ['a script', 'npm run tset', 'package.json has no script "tset"'],
    ['a flag that npm takes for its own', 'npm start --ephemeral', '"ephemeral" is no flag of npm, '],
    [
      'a flag of npm start',
      'npm start -- --ephemerall',
      '"ephemerall" is no flag of serverless offline start',
    ],
    ['a flag of jest', 'npm run test:unit -- --wach', '"wach" is no flag of jest'],
    ['a flag of the last of several programs', 'npm test -- --wach', '"wach" is no flag of jest'],
    ['a flag of a tool of the project', 'npm run dead-letters -- list --jsonl', 'does not know --jsonl'],
    ['a command of the framework', 'npx serverless unpackage', 'There is no "serverless unpackage"'],
    [
      'a flag of the framework',
      'npx serverless deploy --stagee prod',
      '"stagee" is no flag of serverless deploy',
    ],
    [
      'a parameter',
      'npx serverless deploy --param clusters=existing',
      '"clusters" is no parameter of the stack',
    ],
    ['a program', 'npx serverles deploy', 'There is no program "serverles"'],
  ])('names %s that does not exist', (_case, command, problem) => {
    const found = commandCheck.problems({ place: 'README.md:1', words: command.split(' ') });
    expect(found).toEqual([expect.stringContaining(problem)]);
  });

  test.each([
    'npm ci --ignore-scripts --prefix test/bench',
    'npm start -- --ephemeral --httpPort 3001',
    'npm run test:unit -- base64 --watch -t decodes',
    'npm run dead-letters -- replay --dry-run',
    'npx serverless invoke local -f consume -p test/events/msk.json',
    'npx serverless deploy --stage prod --param cluster=existing',
  ])('knows %s', (command) => {
    expect(commandCheck.problems({ place: 'README.md:1', words: command.split(' ') })).toEqual([]);
  });
});
