import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A fenced block of a README. Comments above its fence say more about it:
 *
 * - `<!-- file: lib/orders.ts -->`: TypeScript that stands in this file (from the root of the project), which it creates,
 *   or replaces if there is one. Without it, TypeScript stands in a file of its own beside the README.
 * - `<!-- continues -->`: TypeScript that goes on in the file of the block of TypeScript before.
 * - `<!-- run -->`: commands that `npm run test:readme` runs, and that succeed.
 * - `<!-- run until: text -->`: commands that keep running, in the background from this text on.
 */
export interface Block {
  /** From the root of the project. */
  readonly readme: string;
  /** Of the first line of its content, counted from 1. */
  readonly line: number;
  /** Empty for a bare fence. */
  readonly language: string;
  /** Without the indentation of the fence. */
  readonly lines: readonly string[];
  readonly file: string | undefined;
  readonly continues: boolean;
  readonly run: boolean;
  readonly until: string | undefined;
}

/** A command of a block or of a code span. */
export interface Command {
  /** Where it stands, as `README.md:12`. */
  readonly place: string;
  readonly words: readonly string[];
}

const FENCE = /^(\s*)(`{3,})\s*(\w*)\s*$/;
const COMMENT = /^\s*<!--\s*(.*?)\s*-->\s*$/;
const SHELLS = ['', 'sh', 'bash', 'console', 'powershell', 'cmd'];

/** Every README.md of the project, that of a folder before those below it; not in packages and folders that begin with a dot. */
export function readmes(root: string, folder = ''): string[] {
  const path = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const own = entries.some((entry) => entry.isFile() && entry.name === 'README.md')
    ? [path('README.md')]
    : [];
  const folders = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(({ name }) => name)
    .sort();
  return [...own, ...folders.flatMap((name) => readmes(root, path(name)))];
}

/** The fenced blocks of a README, from top to bottom. */
export function blocksOf(root: string, readme: string): Block[] {
  const lines = linesOf(root, readme);
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, indentation = '', fence, language = ''] = FENCE.exec(lines[at] ?? '') ?? [];
    if (fence === undefined) continue;
    const start = at + 1;
    const end = lines.findIndex((line, index) => index >= start && line.trim() === fence);
    if (end === -1) throw new Error(`${readme}:${at + 1}: the fence is not closed`);
    const content = lines.slice(start, end).map((line) => withoutPrefix(line, indentation));
    blocks.push({ readme, line: start + 1, language, lines: content, ...marks(lines, at) });
    at = end;
  }
  return blocks;
}

/** Commands of npm and npx in a README: those of its shell blocks and of code spans in its text. */
export function commandsOf(root: string, readme: string): Command[] {
  const blocks = blocksOf(root, readme);
  const text = linesOf(root, readme);
  for (const { line, lines } of blocks) text.fill('', line - 1, line - 1 + lines.length);
  const spans = text.flatMap((line, index) =>
    [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => ({ code, place: `${readme}:${index + 1}` })),
  );
  const commandLines = blocks.filter(({ language }) => SHELLS.includes(language)).flatMap(commandLinesOf);
  return [...commandLines, ...spans].flatMap(({ code, place }) =>
    simpleCommands(code)
      .filter(([program]) => program === 'npm' || program === 'npx')
      .map((words) => ({ place, words })),
  );
}

/** Links of a README to files of the project, from its folder, without what follows a `#`. */
export function linksOf(root: string, readme: string): string[] {
  const targets = linesOf(root, readme).flatMap((line) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target.replace(/#.*$/, '')),
  );
  return targets.filter((target) => target !== '' && !/^https?:/.test(target));
}

/** The lines of commands of a block, each with the lines that a backslash continues it on. */
export function commandLinesOf({ readme, line, lines }: Block): { code: string; place: string }[] {
  const commandLines: { code: string; place: string }[] = [];
  let open = false;
  lines.forEach((content, index) => {
    const code = content.replace(/^\s*\$ /, '').replace(/(^|\s)#\s.*$/, '');
    const last = commandLines.at(-1);
    if (open && last) last.code += ` ${code.replace(/\\\s*$/, '')}`;
    else commandLines.push({ code: code.replace(/\\\s*$/, ''), place: `${readme}:${line + index}` });
    open = /\\\s*$/.test(code);
  });
  return commandLines.filter(({ code }) => code.trim() !== '');
}

/** The words of each simple command, without the environment variables in front. */
function simpleCommands(code: string): string[][] {
  const words = code.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  const commands: string[][] = [[]];
  for (const word of words) {
    if (['&&', '||', '|', ';', '&'].includes(word)) commands.push([]);
    else commands.at(-1)?.push(word.replace(/["']/g, ''));
  }
  return commands.map((command) => command.slice(command.findIndex((word) => !/^\w+=/.test(word))));
}

function marks(lines: readonly string[], fence: number) {
  const found: string[] = [];
  for (let at = fence - 1; at >= 0; at--) {
    const line = lines[at] ?? '';
    const comment = COMMENT.exec(line)?.[1];
    if (comment === undefined && line.trim() !== '') break;
    if (comment !== undefined) found.push(comment);
  }
  const textOf = (name: string) =>
    found
      .find((mark) => mark.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const until = textOf('run until');
  return {
    file: textOf('file'),
    continues: found.includes('continues'),
    run: found.includes('run') || until !== undefined,
    until,
  };
}

function withoutPrefix(line: string, prefix: string): string {
  return line.startsWith(prefix) ? line.slice(prefix.length) : line.trimStart();
}

function linesOf(root: string, readme: string): string[] {
  return readFileSync(join(root, readme), 'utf8').split(/\r?\n/);
}
