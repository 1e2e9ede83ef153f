import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file so that a reader, or a start after a crash, sees either the old or the new content. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
