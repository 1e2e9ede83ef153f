import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from './blocks.ts';

/** Commands of npm that are no scripts of the project. */
const NPM_COMMANDS = ['ci', 'install', 'exec'];
/** What npm itself takes before `--`, as far as READMEs use it. */
const NPM_FLAGS = ['prefix', 'ignore-scripts', 'silent', 'yes', 'package'];

/** What `npm start` takes its flags from, whatever its script runs first. */
const LOCAL_RUN = ['serverless', 'offline', 'start'];

/** `serverless` commands, each with its flags. */
export type ServerlessCommands = ReadonlyMap<string, readonly string[]>;

/** What a command line may name, flags without dashes. */
export interface Known {
  readonly serverless: ServerlessCommands;
  readonly jestFlags: readonly string[];
  /** Of the stack, for `--param`. */
  readonly parameters: readonly string[];
}

/** Says what is wrong with commands: scripts, `serverless` commands, flags and parameters that do not exist. */
export class CommandCheck {
  readonly #root: string;
  readonly #known: Known;
  readonly #scripts: Readonly<Record<string, string | undefined>>;

  constructor(root: string, scripts: Readonly<Record<string, string | undefined>>, known: Known) {
    this.#root = root;
    this.#scripts = scripts;
    this.#known = known;
  }

  problems({ place, words: [program, ...words] }: Command): string[] {
    const found = program === 'npm' ? this.#npm(words) : this.#npx(words);
    return found.map((problem) => `${place}: ${problem}`);
  }

  #npm([command = '', ...rest]: readonly string[]): string[] {
    if (NPM_COMMANDS.includes(command)) return unknown(rest, NPM_FLAGS, 'npm');
    const [name = '', ...options] = command === 'run' ? rest : [command, ...rest];
    const script = this.#scripts[name];
    if (script === undefined) return [`package.json has no script "${name}"`];
    const separator = options.includes('--') ? options.indexOf('--') : options.length;
    return [
      ...unknown(options.slice(0, separator), NPM_FLAGS, 'npm, which takes what stands before "--"'),
      ...this.#program(name === 'start' ? LOCAL_RUN : lastCommand(script), options.slice(separator + 1)),
    ];
  }

  #npx([program = '', ...words]: readonly string[]): string[] {
    if (!existsSync(join(this.#root, 'node_modules/.bin', program)))
      return [`There is no program "${program}"`];
    return this.#program([program, ...words], []);
  }

  /** Checks what a script runs, together with what is added on the command line. */
  #program([program = '', ...own]: readonly string[], added: readonly string[]): string[] {
    const words = [...own, ...added];
    if (program === 'serverless') return this.#serverlessCommand(words);
    if (program === 'jest') return unknown(words, this.#known.jestFlags, 'jest');
    if (program === 'tsx') return this.#tool(own.find((word) => !word.startsWith('-')) ?? '', added);
    return [];
  }

  #serverlessCommand(words: readonly string[]): string[] {
    const flagsFrom = words.findIndex((word) => word.startsWith('-'));
    const names = flagsFrom === -1 ? words : words.slice(0, flagsFrom);
    // The longest command wins; what follows it are positional arguments.
    const command = names
      .map((_, index) => names.slice(0, names.length - index).join(' '))
      .find((name) => this.#known.serverless.has(name));
    const flags = this.#known.serverless.get(command ?? '');
    if (command === undefined || flags === undefined) return [`There is no "serverless ${names.join(' ')}"`];
    return [
      ...unknown(words, flags, `serverless ${command}`),
      ...unknownParameters(words, this.#known.parameters),
    ];
  }

  /** A tool of this project knows a flag that its folder names. */
  #tool(file: string, added: readonly string[]): string[] {
    // What a reader writes there, as a README says.
    if (file.startsWith('.local/')) return [];
    if (!existsSync(join(this.#root, file))) return [`There is no file ${file}`];
    const folder = join(this.#root, dirname(file));
    const source = readdirSync(folder, { encoding: 'utf8', recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    return flagsOf(added)
      .filter((flag) => !new RegExp(`(?:--|\\b)${flag}\\b['"]?(?::|\\b)`).test(source))
      .map((flag) => `${file} does not know --${flag}`);
  }
}

function unknown(words: readonly string[], known: readonly string[], by: string): string[] {
  return flagsOf(words)
    .filter((flag) => !known.includes(flag))
    .map((flag) => `"${flag}" is no flag of ${by}`);
}

/** The one that gets what stands behind `--`. */
function lastCommand(script: string): string[] {
  return (script.split(/ && | -- /).at(-1) ?? '').split(' ');
}

/** Names of the flags among words, without dashes. */
function flagsOf(words: readonly string[]): string[] {
  return words.flatMap((word) => /^--?([a-z][\w-]*)/i.exec(word)?.[1] ?? []);
}

function unknownParameters(words: readonly string[], known: readonly string[]): string[] {
  return words
    .flatMap((word, index) =>
      words[index - 1] === '--param' ? [word] : (/^--param=(.*)$/.exec(word)?.[1] ?? []),
    )
    .map((parameter) => parameter.split('=', 1)[0] ?? '')
    .filter((name) => !known.includes(name))
    .map((name) => `"${name}" is no parameter of the stack`);
}
