import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemCode } from './system-code.ts';

const LOCK_FILE = 'broker.pid';

/** The directories that this process holds: a lock file with our own pid that is not here is a stale one. */
const held = new Set<string>();

/**
 * Makes sure that only one broker writes a data directory. A lock whose process has ended is taken over.
 *
 * @returns a function that releases the directory
 * @throws when another broker uses the directory
 */
export function lockDirectory(directory: string): () => void {
  const path = resolve(directory);
  const file = join(path, LOCK_FILE);
  mkdirSync(path, { recursive: true });
  const owner = held.has(path) ? process.pid : takeOver(file);
  if (owner !== undefined) {
    throw new Error(
      `the data directory ${path} is in use by process ${owner}: stop it, or use another directory ` +
        `(if that process is not a broker, delete ${file})`,
    );
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(file, { force: true });
  };
}

/** Writes our pid into the lock file, unless a living process holds it: then the pid of that one. */
function takeOver(file: string): number | undefined {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return undefined;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  const owner = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (owner !== process.pid && isAlive(owner)) return owner;
  writeFileSync(file, `${process.pid}\n`);
  return undefined;
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM: the process runs, under another user.
    return systemCode(error) === 'EPERM';
  }
}

/** Ended, but still listed, as its parent has not asked how: common in containers, where nobody does. Linux only. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // "pid (name) state ...", and the name may contain anything.
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}
