// `npm run test:readme`: runs the commands that READMEs mark as runnable, in a copy of the project, as a reader would.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '../../lib/testing/eventually.ts';
import { type Block, blocksOf, commandLinesOf, readmes } from './blocks.ts';

const root = resolve(__dirname, '../..');
/** Installing packages included. */
const COMMAND_DEADLINE_MS = 300_000;

async function main(): Promise<void> {
  const marked = readmes(root).map((readme) => blocksOf(root, readme).filter(({ run }) => run));
  const folder = copyOfProject();
  try {
    for (const blocks of marked) await runReadme(blocks, folder);
    say(`${marked.flat().length} blocks of commands ran`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every file that belongs to the project, without packages: a README says how to install them. */
function copyOfProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of files.filter((name) => name !== '')) cpSync(join(root, file), join(folder, file));
  return folder;
}

/** Runs the blocks from top to bottom, and ends what still runs after the last one. */
async function runReadme(blocks: readonly Block[], folder: string): Promise<void> {
  const background: ChildProcess[] = [];
  try {
    for (const block of blocks) {
      const [{ place } = { place: block.readme }] = commandLinesOf(block);
      say(`${place}: ${block.lines.join('\n  ')}`);
      const started = start(block, folder);
      if (block.until === undefined) await succeeds(started, place);
      else {
        background.push(started.child);
        await saysUntil(started, place, block.until);
      }
    }
  } finally {
    for (const child of background) await stop(child);
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
}

function start({ lines }: Block, folder: string): Started {
  // A process group of its own, so that the shell's children end with it.
  const child = spawn(lines.join('\n'), {
    cwd: folder,
    shell: true,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

async function succeeds({ child, output }: Started, place: string): Promise<void> {
  const tooLate = setTimeout(() => void stop(child), COMMAND_DEADLINE_MS);
  const [code] = await once(child, 'close');
  clearTimeout(tooLate);
  if (code !== 0) throw new Error(`${place} ended with ${code}\n${output()}`);
}

async function saysUntil({ child, output }: Started, place: string, text: string): Promise<void> {
  await eventually(
    `${place} says "${text}"`,
    () => {
      if (output().includes(text)) return true;
      if (hasEnded(child)) throw new Error(`${place} has ended\n${output()}`);
      return false;
    },
    COMMAND_DEADLINE_MS,
  );
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const ended = once(child, 'close');
  if (process.platform === 'win32') execFileSync('taskkill', ['/pid', String(child.pid), '/t', '/f']);
  else process.kill(-child.pid, 'SIGINT');
  await ended;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
