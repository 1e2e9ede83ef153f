import { join } from 'node:path';
import { build } from 'esbuild';

/** What a browser loads. */
export interface PageFiles {
  readonly script: string;
  readonly style: string;
}

let built: Promise<PageFiles> | undefined;

/** Builds script and style of the page, in memory and once; the first request waits for it. */
export function pageFiles(): Promise<PageFiles> {
  built ??= bundle().catch((error: unknown) => {
    built = undefined;
    throw error;
  });
  return built;
}

async function bundle(): Promise<PageFiles> {
  const folder = join(__dirname, 'page');
  const { outputFiles } = await build({
    entryPoints: { page: join(folder, 'page.tsx') },
    outdir: folder,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: {},
    external: ['/console/*'],
    logLevel: 'silent',
  });
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}
