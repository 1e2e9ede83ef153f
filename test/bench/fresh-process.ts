import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What was measured, by name. */
export type Figures = Readonly<Record<string, number>>;

/** What a process runs: the file of a bundle, and flags of Node.js. */
export type Script = string | { readonly file: string; readonly flags?: readonly string[] };

const TIME_LIMIT_MS = 60_000;

/** A process of its own: warmed by nothing else, and without the loader that this one runs with. */
export class FreshProcess {
  readonly #child: ChildProcess;

  /** @param script - that calls {@link onMeasure} */
  constructor(script: Script, ...args: readonly string[]) {
    const { file, flags = [] } = typeof script === 'string' ? { file: script } : script;
    // Its output goes through a pipe, as on AWS.
    this.#child = fork(file, args, {
      execArgv: ['--disable-warning=TimeoutNegativeWarning', ...flags],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#child.stdout?.resume();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Has it measure once.
   *
   * @throws Error when it ends, or the time limit comes, before it has answered
   */
  async measure(): Promise<Figures> {
    const limit = new AbortController();
    const timer = setTimeout(() => this.stop(), TIME_LIMIT_MS);
    try {
      const answer = Promise.race([
        once(this.#child, 'message', limit),
        once(this.#child, 'exit', limit).then(([code]) => [`ended with ${code}`]),
      ]);
      this.#child.send('measure');
      return figuresIn((await answer)[0]);
    } finally {
      clearTimeout(timer);
      limit.abort();
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Called in a {@link FreshProcess}, once it is warm: says how to measure. */
export function onMeasure(measure: () => Promise<Figures>): void {
  process.on('message', async () => process.send?.(await measure()));
}

function figuresIn(answer: unknown): Figures {
  if (typeof answer !== 'object' || answer === null) throw new Error(`A measuring process ${answer}`);
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, Number(value)]));
}
