import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { build, type Format, type Platform, type Plugin } from 'esbuild';
import { parse } from 'yaml';

/** `custom.esbuild` of serverless.yml. */
interface BundleOptions {
  readonly bundle: boolean;
  readonly minify: boolean;
  readonly target: string;
  readonly platform: Platform;
  readonly format: Format;
  readonly mainFields: string[];
  readonly assetNames: string;
  readonly exclude: string[];
}

const root = path.join(__dirname, '..', '..');
/** Powertools has the first two for formats that nothing here uses, and the last reads a file beside its own. */
const unbundled = ['avro-js', 'protobufjs', '@platformatic/kafka'];
/** Inside node_modules: what is not bundled is found from there. */
const outputFolder = path.join(__dirname, 'node_modules', '.cache', 'bench');

export interface Bundle {
  readonly file: string;
  readonly kilobytes: number;
  /** Of the files beside it, which are loaded when they are needed. */
  readonly lazyKilobytes: number;
}

/**
 * Bundles as a deployment does: with the options of serverless.yml. What runs under a loader instead is other code, with other
 * costs.
 *
 * @param source - relative to the project's root
 * @param options - `plugins` of esbuild; `with`: packages that a deployment leaves out and this bundle keeps
 */
export async function deployedBundle(
  source: string,
  options: { readonly plugins?: Plugin[]; readonly with?: readonly string[] } = {},
): Promise<Bundle> {
  const service: { readonly custom: { readonly esbuild: BundleOptions } } = parse(
    readFileSync(path.join(root, 'serverless.yml'), 'utf8'),
  );
  const { bundle, minify, target, platform, format, mainFields, assetNames, exclude } =
    service.custom.esbuild;
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    outbase: root,
    outdir: outputFolder,
    external: [...exclude.filter((name) => !options.with?.includes(name)), ...unbundled],
    plugins: options.plugins ?? [],
    conditions: ['fixture'],
    metafile: true,
    logLevel: 'error',
    ...{ bundle, minify, target, platform, format, mainFields, assetNames },
  });
  const files = Object.keys(metafile.outputs).map((output) => path.join(root, output));
  const file = path.join(outputFolder, source.replace(/\.ts$/, '.js'));
  const lazy = files.filter((each) => each !== file);
  return { file, kilobytes: kilobytes([file]), lazyKilobytes: kilobytes(lazy) };
}

function kilobytes(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + statSync(file).size, 0) / 1024;
}
