import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from '../../../../../lib/local/broker/directory-lock.ts';
import { eventually } from '../../../../../lib/testing/eventually.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'directory-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const lockFile = () => join(directory, 'broker.pid');

test('a second broker in this process is refused, until the first gives the directory free', () => {
  const unlock = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(`the data directory ${directory} is in use`);
  unlock();
  expect(existsSync(lockFile())).toBe(false);
  lockDirectory(directory)();
});

test('the lock of another living process is respected, and named', () => {
  writeFileSync(lockFile(), `${process.ppid}\n`);
  expect(() => lockDirectory(directory)).toThrow(`in use by process ${process.ppid}`);
});

test.each([
  ['a process that has ended', () => spawnSync(process.execPath, ['-e', '']).pid],
  ['this very pid in an earlier life', () => process.pid],
  ['nobody: the file is empty', () => ''],
])('the lock of %s is taken over', (_, owner) => {
  writeFileSync(lockFile(), String(owner()));
  const unlock = lockDirectory(directory);
  unlock();
});

// Only Linux lists them in /proc.
if (process.platform === 'linux') {
  test('the lock of a zombie is taken over: it has ended, only its parent does not know yet', async () => {
    // It never asks how its child ended: it stands still from then on.
    const program = `
      const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)']);
      require('node:fs').writeSync(1, String(pid));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;
    const parent = spawn(process.execPath, ['-e', program]);
    const [pid] = await once(parent.stdout, 'data');
    const stat = (of: unknown) => readFileSync(`/proc/${Number(of)}/stat`, 'utf8');
    process.kill(Number(pid), 'SIGKILL');
    await eventually('the zombie', () => stat(pid).includes(') Z '));
    writeFileSync(lockFile(), String(pid));
    lockDirectory(directory)();
    parent.kill('SIGKILL');
  });
}
