import { readdir } from 'node:fs/promises';
import { createRequire, SourceMap } from 'node:module';
import path from 'node:path';
import { type BuildFailure, build } from 'esbuild';
import { errorMessage, UserError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { EventType } from '../schema/event-type.ts';

/** An event type and the file that declares it, relative to the project's root. */
export interface LoadedEventType {
  readonly file: string;
  readonly eventType: EventType;
}

/** A catalogue as it was loaded. */
export interface LoadedCatalogue {
  /** In the order of the exports of `index.ts`. */
  readonly eventTypes: readonly LoadedEventType[];
  /** Mistakes in the folder itself, each a line. */
  readonly problems: readonly string[];
  /** All that it consists of, but for packages, as JavaScript. */
  readonly code: string;
}

const INDEX = 'index.ts';
/** Stands for the bundle in the stack of what it throws, and ends the names of bundle and source map. */
const BUNDLE = 'catalogue.js';
/** Lines that `new Function` puts in front of its body. */
const FUNCTION_HEADER_LINES = 2;

/**
 * Loads the event types of a folder from disk; `import` would return those that the process started with.
 *
 * @param folder - has an `index.ts` that exports the event types of its other files
 * @throws UserError when a file cannot be read, or throws
 */
export async function loadEventTypes(folder: string): Promise<LoadedCatalogue> {
  const files = await typeScriptFiles(folder);
  const imports = [INDEX, ...files].map((file, index) => `export * as file${index} from './${file}';`);
  const { code, sourceMap } = await bundled(imports.join('\n'), folder);
  const place = (file: string) => path.posix.join(folder.split(path.sep).join('/'), file);
  const [index, ...rest] = evaluate(code, folder, (error) => place(sourceOf(error, sourceMap) ?? ''));
  const eventTypes: LoadedEventType[] = [];
  const problems: string[] = [];
  const catalogue = new Set(Object.values(Object(index)));
  for (const exported of catalogue) {
    const at = rest.findIndex((file) => Object.values(Object(file)).includes(exported));
    const file = place(files[at] ?? INDEX);
    if (isEventType(exported)) eventTypes.push({ file, eventType: exported });
    else problems.push(`${file}: exports what is not an event type; make it with defineEventType.`);
  }
  for (const [at, file = ''] of files.entries()) {
    const isListed = Object.values(Object(rest[at])).some((exported) => catalogue.has(exported));
    if (!isListed)
      problems.push(
        `${place(file)}: is not in ${INDEX}; add "export * from './${file}';" there; npm run format puts it in order.`,
      );
  }
  return { eventTypes, problems, code };
}

async function bundled(contents: string, folder: string): Promise<{ code: string; sourceMap: string }> {
  try {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: folder, loader: 'ts' },
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      write: false,
      outfile: path.join(folder, BUNDLE),
      sourcemap: 'external',
      logLevel: 'silent',
    });
    const textOf = (name: string) => outputFiles.find((file) => file.path.endsWith(name))?.text ?? '';
    return { code: textOf(BUNDLE), sourceMap: textOf(`${BUNDLE}.map`) };
  } catch (error) {
    const failure: Partial<BuildFailure> = Object(error);
    const problems = failure.errors?.map(
      ({ location, text }) => `${location?.file}:${location?.line}: ${text}`,
    );
    throw new UserError(problems ?? [errorMessage(error)], { cause: error });
  }
}

async function typeScriptFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => path.posix.basename(file) !== INDEX)
    .sort();
}

function evaluate(code: string, folder: string, placeOf: (error: unknown) => string): unknown[] {
  const module: { exports: unknown } = { exports: {} };
  try {
    const require = createRequire(path.resolve(folder, INDEX));
    const named = `${code}\n//# sourceURL=${BUNDLE}`;
    new Function('module', 'exports', 'require', named)(module, module.exports, require);
  } catch (error) {
    throw new UserError([`${placeOf(error)}: ${errorMessage(error)}`], { cause: error });
  }
  return Object.values(Object(module.exports));
}

/** The file of a folder, and its line, from which something was thrown: for example `order-placed.ts:12`. */
function sourceOf(error: unknown, sourceMap: string): string | undefined {
  const frames = String(Object(error).stack).matchAll(new RegExp(`\\b${BUNDLE}:(\\d+):(\\d+)`, 'g'));
  const map = new SourceMap(JSON.parse(sourceMap));
  for (const [, line, column] of frames) {
    const entry = map.findEntry(Number(line) - 1 - FUNCTION_HEADER_LINES, Number(column) - 1);
    // What lies outside, such as defineEventType, only passes on what a file of the folder does wrong.
    if ('originalSource' in entry && !entry.originalSource.startsWith('..'))
      return `${entry.originalSource}:${entry.originalLine + 1}`;
  }
  return undefined;
}

function isEventType(value: unknown): value is EventType {
  return (
    isJsonObject(value) &&
    typeof value.type === 'string' &&
    typeof value.partitionKey === 'function' &&
    Array.isArray(value.revisions) &&
    value.revisions.length > 0 &&
    value.revisions.every(isJsonObject)
  );
}
