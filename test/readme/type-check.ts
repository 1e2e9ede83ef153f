import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize } from 'node:path';
import { blocksOf } from './blocks.ts';

/** What the TypeScript of a README can build on. */
const PROJECT = ['handlers', 'lib', 'test', 'package.json', 'tsconfig.json'];
/** `lib/example.ts(12,3): error TS2322: message`, from the folder of the compiler. */
const PROBLEM = /^(.+)\((\d+),\d+\): error TS\d+: (.*)$/s;

/**
 * Compiles the TypeScript of a README in its place, in a copy of the project.
 *
 * @returns what the compiler says, each as `README.md:12: message`
 */
export function typeProblems(root: string, readme: string): string[] {
  const files = filesOf(root, readme);
  if (files.size === 0) return [];
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'readme-types-')));
  try {
    for (const name of PROJECT) {
      cpSync(join(root, name), join(folder, name), { recursive: true, filter: isOfProject });
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    for (const [file, content] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    writeFileSync(join(folder, 'tsconfig.readme.json'), JSON.stringify(configuration([...files.keys()])));
    const problems = said(folder).map((line) => {
      const [, file = '', number, message] = PROBLEM.exec(line) ?? [];
      if (message === undefined) return line;
      const place = normalize(file);
      return `${files.has(place) ? readme : place}:${number}: ${message}`;
    });
    return problems.sort(new Intl.Collator('en', { numeric: true }).compare);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isOfProject(path: string): boolean {
  return basename(path) !== 'node_modules' && !basename(path).startsWith('.');
}

/** Each file, from the root of the project, with its blocks on the lines that they have in the README. */
function filesOf(root: string, readme: string): Map<string, string> {
  const files = new Map<string, string[]>();
  let current = '';
  for (const block of blocksOf(root, readme).filter(({ language }) => language === 'ts')) {
    if (!block.continues) current = join(block.file ?? join(dirname(readme), `readme-line-${block.line}.ts`));
    const lines = files.get(current) ?? [];
    while (lines.length < block.line - 1) lines.push('');
    files.set(current, [...lines, ...block.lines]);
  }
  return new Map([...files].map(([file, lines]) => [file, lines.join('\n')]));
}

function configuration(files: readonly string[]): object {
  return {
    extends: './tsconfig.json',
    compilerOptions: {
      moduleDetection: 'force',
      // An example may leave its result to the reader.
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    include: ['lib/**/*.d.ts'],
    files,
  };
}

/** The problems that `tsc` names, each with the indented lines that explain it. */
function said(folder: string): string[] {
  const compiler = 'node_modules/typescript/bin/tsc';
  const flags = ['--project', 'tsconfig.readme.json', '--pretty', 'false'];
  const { stdout, stderr } = spawnSync(process.execPath, [compiler, ...flags], {
    cwd: folder,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`.split(/\r?\n(?! )/).filter((line) => line !== '');
}
