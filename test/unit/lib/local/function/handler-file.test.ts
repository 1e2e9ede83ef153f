import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HandlerFinder } from '../../../../../lib/local/function/handler-file.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'handler-file-'));
  mkdirSync(join(directory, 'handlers.d'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test.each([
  ['a file with the extension js', 'index.js', 'index.handler', ['handler']],
  ['an ES module', 'index.mjs', 'index.handler', ['handler']],
  [
    'a file in a folder, whose name may have a dot',
    'handlers.d/consume.js',
    'handlers.d/consume.handler',
    ['handler'],
  ],
  ['an export within an export', 'index.js', 'index.handlers.consume', ['handlers', 'consume']],
])('a handler is %s', (_, file, handler, exportName) => {
  writeFileSync(join(directory, file), '');
  expect(new HandlerFinder(directory, handler).find()).toMatchObject({
    file: join(directory, file),
    exportName,
  });
});

test('js comes before mjs, as on Lambda', () => {
  for (const file of ['index.mjs', 'index.js']) writeFileSync(join(directory, file), '');
  expect(new HandlerFinder(directory, 'index.handler').find()?.file).toBe(join(directory, 'index.js'));
});

test('there is none', () => {
  expect(new HandlerFinder(directory, 'index.handler').find()).toBeUndefined();
  expect(new HandlerFinder(directory, 'handlers.d').find()).toBeUndefined();
});

test.each([
  ['its content', (file: string) => writeFileSync(file, 'longer')],
  ['its time', (file: string) => utimesSync(file, 1, 1)],
])('the version of a file changes with %s', (_, change) => {
  const file = join(directory, 'index.js');
  writeFileSync(file, '');
  const finder = new HandlerFinder(directory, 'index.handler');
  const before = finder.find()?.version;
  expect(finder.find()?.version).toBe(before);
  change(file);
  expect(finder.find()?.version).not.toBe(before);
});
