import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const loader = resolve(__dirname, '../../../../lib/build/typescript.cjs');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'typescript-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** @param files - the first is run */
function run(files: Readonly<Record<string, string>>, by = loader) {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  const main = join(directory, Object.keys(files)[0] ?? '');
  return spawnSync(process.execPath, ['--require', by, '--eval', `require(${JSON.stringify(main)})`], {
    encoding: 'utf8',
  });
}

test('require() loads TypeScript, and what it imports', () => {
  const { stdout, stderr } = run({
    'main.ts': `import { type Greeting, greet } from './greet.ts';\nconsole.log(greet('Ada') satisfies Greeting);`,
    'greet.ts':
      'export type Greeting = string;\nexport const greet = (name: string): Greeting => "Hello ".concat(name);',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'Hello Ada\n', stderr: '' });
});

test('a changed file is compiled again', () => {
  expect(run({ 'main.ts': 'console.log(1 as number);' }).stdout).toBe('1\n');
  expect(run({ 'main.ts': 'console.log(2 as number);' }).stdout).toBe('2\n');
});

test('a stack names the line of the source', () => {
  const source = 'interface Long {\n  readonly one: string;\n}\n\nthrow new Error("no");\n';
  expect(run({ 'main.ts': source }).stderr).toContain(`${join(directory, 'main.ts')}:5:7`);
});

test('a syntax error names its place', () => {
  expect(run({ 'main.ts': 'const a: = 1;' }).stderr).toContain('main.ts:1:9: ERROR: Unexpected "="');
});

test('compiles without a place to keep what it has compiled', () => {
  const copy = join(directory, 'lib/build/typescript.cjs');
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(loader, copy);
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(
    dirname(require.resolve('esbuild/package.json')),
    join(directory, 'node_modules/esbuild'),
    'junction',
  );
  writeFileSync(join(directory, 'node_modules/.cache'), 'a file, not a folder');
  const { stdout, stderr } = run({ 'main.ts': 'console.log(1 as number);' }, copy);
  expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: '' });
});
