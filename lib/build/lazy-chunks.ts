import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bundleContents } from './bundle-contents.ts';
import { kafkaRequests } from './kafka-requests.ts';

const NAMESPACE = 'lazy-chunk';

/**
 * Plugin of esbuild that writes modules which this project imports with a relative `import()` to separate files. In the
 * bundle, every cold start would read and compile them, used or not.
 */
export const lazyChunks: Plugin = {
  name: 'lazy-chunks',
  setup: ({ initialOptions, onLoad, onResolve }) => {
    onResolve({ filter: /^\.{1,2}\// }, ({ kind, path: imported, resolveDir }) =>
      kind === 'dynamic-import' && !resolveDir.includes('node_modules')
        ? { namespace: NAMESPACE, path: `${path.resolve(resolveDir, imported).replace(/\.ts$/, '')}.js` }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path: chunk }) => {
      const { minify, target, platform, mainFields, external } = initialOptions;
      const { outputFiles } = await build({
        entryPoints: [chunk.replace(/\.js$/, '.ts')],
        bundle: true,
        write: false,
        format: 'cjs',
        logLevel: 'silent',
        plugins: [kafkaRequests, bundleContents],
        ...(minify !== undefined && { minify }),
        ...(target !== undefined && { target }),
        ...(platform !== undefined && { platform }),
        ...(mainFields !== undefined && { mainFields }),
        ...(external !== undefined && { external }),
      });
      return { contents: outputFiles[0]?.contents ?? '', loader: 'copy' };
    });
  },
};
