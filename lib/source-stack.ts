import { readFileSync } from 'node:fs';
import type { SourceMap } from 'node:module';

/** File, line and column of a frame, both from 1. */
const place = /(\/[^\s():]+\.js):(\d+):(\d+)/g;

const sourceMaps = new Map<string, SourceMap | undefined>();

/**
 * Names sources in a stack where it names bundles, as their source maps tell. Node.js does so by itself with
 * `--enable-source-maps`, but reads each map at every cold start, and this only when something has failed.
 *
 * @param stack - of an error
 * @returns the stack with places such as `lib/consume/batch.ts:12:3`; those without a source map stay as they are
 */
export function sourceStack(stack: string): string {
  return stack.replaceAll(place, (bundled: string, file: string, line: string, column: string) => {
    const entry = sourceMapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return bundled;
    const { originalSource, originalLine, originalColumn } = entry;
    return `${originalSource.replace(/^(?:\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`;
  });
}

function sourceMapOf(file: string): SourceMap | undefined {
  if (!sourceMaps.has(file)) sourceMaps.set(file, readSourceMap(`${file}.map`));
  return sourceMaps.get(file);
}

function readSourceMap(file: string): SourceMap | undefined {
  try {
    // Not imported: a cold start would load it.
    const { SourceMap } = process.getBuiltinModule('node:module');
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
