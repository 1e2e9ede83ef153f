import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../../../lib/replace-file.ts';

test('a reader that has opened a file reads its old content to the end, the next one the new content', () => {
  const folder = mkdtempSync(join(tmpdir(), 'replace-file-'));
  const file = join(folder, 'file.json');
  writeFileSync(file, '{"old":true}');
  const opened = openSync(file, 'r');
  try {
    replaceFile(file, '{}');
    expect(readFileSync(opened, 'utf8')).toBe('{"old":true}');
    expect(readFileSync(file, 'utf8')).toBe('{}');
    expect(readdirSync(folder)).toEqual(['file.json']);
  } finally {
    closeSync(opened);
    rmSync(folder, { recursive: true });
  }
});
