import { existsSync, writeFileSync } from 'node:fs';

/**
 * Writes what is about to be cut off to a file .
 *
 * @param path where; with a number behind it when that is taken
 * @returns the path that was taken
 */
export function keepCopy(path: string, bytes: Buffer | string): string {
  let free = path;
  for (let number = 2; existsSync(free); number++) free = `${path}-${number}`;
  writeFileSync(free, bytes, { flag: 'wx' });
  return free;
}
