import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { blocksOf } from './blocks.ts';

/** `::error title=lint/style/useConst,file=/folder/lib/example.ts,line=1,endLine=1,col=5,endColumn=9::message` */
const PROBLEM = /^::\w+ .*?file=(.+?),line=(\d+),.*?::(.*)$/gm;

/** Biome leaves out what git ignores. */
function isIgnored(path: string): boolean {
  return path.startsWith('.local');
}

/**
 * Checks the TypeScript of a README in its place with Biome, as `npm run lint` would when a reader has written it there.
 *
 * @returns what Biome would change or refuses, each as `README.md:12: message`
 */
export function lintProblems(root: string, readme: string): string[] {
  const blocks = blocksOf(root, readme).filter(({ language }) => language === 'ts');
  const folder = mkdtempSync(join(tmpdir(), 'readme-lint-'));
  try {
    cpSync(join(root, '.biome.json'), join(folder, '.biome.json'));
    const written = blocks.map(({ file, lines, line }) => {
      const path = file ?? join(dirname(readme), `readme-line-${line}.ts`);
      const text = `${lines.join('\n')}\n`;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
      return { path, text, line };
    });
    const biome = (...args: string[]) =>
      spawnSync(process.execPath, [join(root, 'node_modules/@biomejs/biome/bin/biome'), ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
    const { stdout } = biome('lint', '--vcs-enabled=false', '--reporter=github', '.');
    const refused = [...stdout.matchAll(PROBLEM)].flatMap(([, path = '', line, message]) => {
      const block = written.find((each) => !isIgnored(each.path) && path.endsWith(each.path));
      return block === undefined ? [] : [`${readme}:${block.line + Number(line) - 1}: ${message}`];
    });
    biome('check', '--write', '--linter-enabled=false', '--vcs-enabled=false', '.');
    const unformatted = written
      .filter(({ path, text }) => readFileSync(join(folder, path), 'utf8') !== text)
      .map(({ line }) => `${readme}:${line}: npm run format would change it`);
    return [...refused, ...unformatted];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
