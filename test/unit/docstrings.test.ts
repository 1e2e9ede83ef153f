import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Mention {
  readonly place: string;
  readonly text: string;
}

/** Every line of the source files that has the tag. */
function mentions(): Mention[] {
  const files = ['handlers', 'lib', 'test'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((path) => join(room, path)),
  );
  const sources = files.filter(
    (file) => file.endsWith('.ts') && !file.includes('node_modules') && !__filename.endsWith(file),
  );
  return sources.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((text, index) => ({ place: `${file}:${index + 1}`, text }))
      .filter(({ text }) => text.includes('@see')),
  );
}

test('every @see has an address and a title', () => {
  const found = mentions();
  expect(found.length).toBeGreaterThan(100);
  const wrong = found.filter(({ text }) => !/^\s*\/?\*+ @see {@link https:\/\/\S+ \S[^{}]*}/.test(text));
  expect(wrong).toEqual([]);
});
