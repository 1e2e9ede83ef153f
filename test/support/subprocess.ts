import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { UserError } from '../../lib/errors.ts';

const root = resolve(__dirname, '../..');

/**
 * Runs a command in the folder of the project, and shows what it writes.
 *
 * @throws UserError when it fails, or cannot be started
 */
export function runShown(command: string, ...args: readonly string[]): void {
  // npm and vitest are scripts, which Windows runs in a shell only.
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    throw new UserError([`${[command, ...args].join(' ')}: ${error?.message ?? `ended with ${status}`}`]);
  }
}

/**
 * Installs the packages that a folder of the tests has of its own, without running their scripts.
 *
 * @throws UserError when that fails
 */
export function installPackages(folder: string): void {
  runShown('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder);
}
