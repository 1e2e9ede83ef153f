import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** The module that holds a handler, and which state of it. */
export interface HandlerFile {
  /** Absolute path. */
  readonly file: string;
  /** Names to follow from the module's exports. */
  readonly exportName: readonly string[];
  /** Changes when the file does. */
  readonly version: string;
}

/** Extensions in the order in which the Node.js runtime of Lambda looks for them. */
const extensions = ['.js', '.mjs', '.cjs'] as const;

/** Where the module of a handler is on the disk. It is looked for at each invocation. */
export class HandlerFinder {
  readonly #files: readonly string[];
  readonly #exportName: readonly string[];
  #last: { readonly found: HandlerFile; readonly modifiedMs: number; readonly size: number } | undefined;

  /**
   * @param handler - `<path without extension>.<export>`
   * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html Lambda Developer Guide, "Define Lambda function handler in Node.js"}
   */
  constructor(codeDirectory: string, handler: string) {
    const nameAt = handler.lastIndexOf('/') + 1;
    const [module = '', ...exportName] = handler.slice(nameAt).split('.');
    this.#files = extensions.map((extension) =>
      join(codeDirectory, handler.slice(0, nameAt), module + extension),
    );
    this.#exportName = exportName;
  }

  /** @returns undefined when there is no such file */
  find(): HandlerFile | undefined {
    for (const file of this.#files) {
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat?.isFile()) return this.#foundAt(file, stat);
    }
    return undefined;
  }

  #foundAt(file: string, { mtimeMs: modifiedMs, size }: Stats): HandlerFile {
    const last = this.#last;
    if (last?.found.file === file && last.modifiedMs === modifiedMs && last.size === size) return last.found;
    const found = { file, exportName: this.#exportName, version: `${file} ${modifiedMs} ${size}` };
    this.#last = { found, modifiedMs, size };
    return found;
  }
}
