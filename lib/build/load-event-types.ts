import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
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

/**
 * Loads the event types of a folder from disk; `import` would return those that the process started with.
 *
 * @param folder - has an `index.ts` that exports the event types of its other files
 * @throws UserError when a file cannot be read, or throws
 */
export async function loadEventTypes(folder: string): Promise<LoadedCatalogue> {
  const files = await typeScriptFiles(folder);
  const imports = [INDEX, ...files].map((file, index) => `export * as file${index} from './${file}';`);
  const code = await bundled(imports.join('\n'), folder);
  const [index, ...rest] = evaluate(code, folder);
  const place = (file: string) => path.posix.join(folder.split(path.sep).join('/'), file);
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
      problems.push(`${place(file)}: is not in ${INDEX}; add "export * from './${file}';" there.`);
  }
  return { eventTypes, problems, code };
}

async function bundled(contents: string, folder: string): Promise<string> {
  try {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: folder, loader: 'ts' },
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      write: false,
      logLevel: 'silent',
    });
    return outputFiles[0]?.text ?? '';
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

function evaluate(code: string, folder: string): unknown[] {
  const module: { exports: unknown } = { exports: {} };
  try {
    const require = createRequire(path.resolve(folder, INDEX));
    new Function('module', 'exports', 'require', code)(module, module.exports, require);
  } catch (error) {
    throw new UserError([`${folder}: ${errorMessage(error)}`], { cause: error });
  }
  return Object.values(Object(module.exports));
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
