import { statSync } from 'node:fs';
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

/**
 * Finds the module of a handler on the disk.
 *
 * @param handler - `<path without extension>.<export>`
 * @returns undefined when there is no such file
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html Lambda Developer Guide, "Define Lambda function handler in Node.js"}
 */
export function findHandlerFile(codeDirectory: string, handler: string): HandlerFile | undefined {
  const nameAt = handler.lastIndexOf('/') + 1;
  const [module = '', ...exportName] = handler.slice(nameAt).split('.');
  for (const extension of extensions) {
    const file = join(codeDirectory, handler.slice(0, nameAt), module + extension);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isFile()) return { file, exportName, version: `${file} ${stat.mtimeMs} ${stat.size}` };
  }
  return undefined;
}
