import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildContext, BuildOptions, BuildResult, OutputFile, Plugin } from 'esbuild';
import type { Service } from '../../build/framework.ts';
import { errorMessage, UserError } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';
import { replaceFile } from '../../replace-file.ts';

/** Where the bundles of the local run are, in the folder of serverless.yml. */
export const BUNDLE_FOLDER = '.local';

/** Settings in `custom.esbuild` that are passed to esbuild; the others are for packaging. */
const BUILD_OPTIONS = [
  'alias',
  'assetNames',
  'banner',
  'conditions',
  'define',
  'format',
  'loader',
  'mainFields',
  'platform',
  'resolveExtensions',
  'target',
  'tsconfig',
] as const;
/** In the order in which they are looked for. */
const SOURCE_EXTENSIONS = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'];

/** The functions cannot be built. */
export class BuildError extends UserError {
  override readonly name = 'BuildError';
}

/** Imported by the functions that use the event types. */
const EVENT_TYPES_IMPORT = /^#event-types$/;

/** Bundles that are rebuilt when their sources change. */
export interface FunctionBuild {
  stop(): Promise<void>;
}

/** Asked before every build but the first, and told after it. */
export interface BuildListener {
  /** Brings up to date what is generated from the sources; what it throws is a problem of the build. */
  readonly prepare?: () => Promise<void>;
  /** Folder that `prepare` reads. A file that is new in it starts a build, even if no function imports the file. */
  readonly prepared?: string;
  /** The bundles are new. */
  readonly rebuilt: () => void;
  /** They are as before; `problem` names file and line. */
  readonly failed: (problem: string) => void;
}

/**
 * Bundles functions with the settings of `custom.esbuild`, readable and with source maps, and rebuilds them when a source
 * changes.
 *
 * @param handlers - `<path without extension>.<export>`, relative to the folder of serverless.yml
 * @throws BuildError that names file and line
 */
export async function buildFunctions(
  service: Service,
  serviceDirectory: string,
  handlers: readonly string[],
  listener: BuildListener,
): Promise<FunctionBuild> {
  // Loaded only for the local run, so that packaging stays fast.
  const esbuild: typeof import('esbuild') = require('esbuild');
  // Its process waits for ever when this one ends in the middle of a build.
  process.once('exit', () => void esbuild.stop());
  let isFirst = true;
  let unprepared: string | undefined;
  const reporter: Plugin = {
    name: 'reporter',
    setup: ({ onStart, onEnd, onResolve }) => {
      // Without a path, it resolves nothing and only adds to what is watched.
      onResolve({ filter: EVENT_TYPES_IMPORT }, () => watched(listener.prepared));
      onStart(async () => {
        if (!isFirst) unprepared = await problemOf(listener.prepare);
      });
      onEnd(async (result) => {
        const problem = unprepared ?? (result.errors.length > 0 ? told(result) : undefined);
        if (problem === undefined) writeChanged(result.outputFiles ?? []);
        if (isFirst) return;
        if (problem === undefined) listener.rebuilt();
        else listener.failed(problem);
      });
    },
  };
  const options = buildOptions(service, serviceDirectory, handlers);
  const context: BuildContext = await esbuild.context({
    ...options,
    plugins: [...(options.plugins ?? []), reporter],
  });
  try {
    await context.rebuild();
  } catch (error) {
    await context.dispose();
    throw isFailure(error) ? new BuildError([told(error)]) : error;
  }
  isFirst = false;
  await context.watch();
  return { stop: () => context.dispose() };
}

/** A folder with all that is below it. */
function watched(folder: string | undefined): { watchDirs?: string[]; watchFiles?: string[] } {
  if (folder === undefined || !existsSync(folder)) return {};
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = (kind: 'isDirectory' | 'isFile') =>
    entries.filter((entry) => entry[kind]()).map(({ parentPath, name }) => join(parentPath, name));
  return { watchDirs: [folder, ...paths('isDirectory')], watchFiles: paths('isFile') };
}

async function problemOf(prepare: BuildListener['prepare']): Promise<string | undefined> {
  try {
    await prepare?.();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** Writes only the files that changed, so that the other functions keep their version. */
function writeChanged(files: readonly OutputFile[]): void {
  for (const { path, contents } of files) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, contents);
  }
}

/** One line for each error, for example `handlers/consume.ts:13:6: Expected identifier but found "="`. */
function told({ errors }: BuildResult): string {
  return errors
    .map(({ text, location }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
    )
    .join('\n');
}

function isFailure(error: unknown): error is BuildResult {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function buildOptions(service: Service, serviceDirectory: string, handlers: readonly string[]): BuildOptions {
  const declared = isJsonObject(service.custom?.esbuild) ? service.custom.esbuild : {};
  const taken = BUILD_OPTIONS.flatMap((name) =>
    declared[name] === undefined ? [] : [[name, declared[name]]],
  );
  const { external, exclude, plugins } = declared;
  return {
    platform: 'node',
    ...Object.fromEntries(taken),
    entryPoints: [...new Set(handlers.map((handler) => sourceOf(serviceDirectory, handler)))],
    absWorkingDir: serviceDirectory,
    outbase: '.',
    outdir: BUNDLE_FOLDER,
    bundle: true,
    external: [external ?? [], exclude ?? []].flat().filter((name) => typeof name === 'string'),
    plugins: typeof plugins === 'string' ? require(join(serviceDirectory, plugins)) : [],
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    // esbuild would remove the bundles when a change does not build.
    write: false,
  };
}

/** @throws BuildError when there is no such file */
function sourceOf(serviceDirectory: string, handler: string): string {
  const path = handler.replace(/\.[^./]+$/, '');
  const extension = SOURCE_EXTENSIONS.find((each) => existsSync(join(serviceDirectory, path + each)));
  if (extension === undefined) throw new BuildError([`There is no source of the handler ${handler}`]);
  return path + extension;
}
