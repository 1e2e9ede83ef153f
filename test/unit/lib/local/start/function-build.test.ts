import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../../../..');
const directory = mkdtempSync(join(tmpdir(), 'function-build-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Ends in the middle of a build, after it was too busy to answer esbuild, which asks once a second. */
const program = `
const { appendFileSync } = require('node:fs');
const { buildFunctions } = require(${JSON.stringify(join(root, 'lib/local/start/function-build.ts'))});
const prepare = async () => {
  const end = Date.now() + 1_500;
  while (Date.now() < end);
  process.exit(7);
};
const listener = { rebuilt: () => {}, failed: () => {}, prepare };
buildFunctions({ provider: {} }, ${JSON.stringify(directory)}, ['handlers/consume.handler'], listener).then(() =>
  setInterval(() => appendFileSync(${JSON.stringify(join(directory, 'handlers/consume.ts'))}, '// changed\\n'), 200),
);
`;

test('esbuild ends with the local run, even in the middle of a build', async () => {
  mkdirSync(join(directory, 'handlers'));
  writeFileSync(join(directory, 'handlers/consume.ts'), 'export const handler = () => {};\n');
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', '--eval', program], { cwd: root });
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  // esbuild writes to the same pipe, which is closed once both have ended.
  try {
    const [code] = await once(child, 'close', { signal: AbortSignal.timeout(30_000) });
    expect([code, output]).toEqual([7, '']);
  } finally {
    for (const stream of child.stdio) stream?.destroy();
  }
});
