import { existsSync, writeFileSync } from 'node:fs';

/**
 * Saves bytes that are about to be cut off a file, in a file of their own.
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
