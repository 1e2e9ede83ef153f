import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

/** Runs the tests of one's own work on vitest, which is installed beside them, and on node:test. */
const root = resolve(__dirname, '../..');
const run = (command: string, ...args: readonly string[]): void =>
  void execFileSync(command, args, { cwd: root, stdio: 'inherit' });

run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', 'test/runners');
run(
  join(root, 'test/runners/node_modules/.bin/vitest'),
  'run',
  '--root',
  root,
  '--config',
  'test/runners/vitest.config.mts',
);
run('node', '--import', 'tsx', '--conditions=fixture', '--test', 'test/runners/node.test.ts');
