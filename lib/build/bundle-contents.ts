import path from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

/** Bytes in a bundle by where they come from: a folder of this project, or a package. */
export type BundleContents = ReadonlyMap<string, number>;

/** Contents of the bundles of this process, by entry point without its ending: `handlers/publish`. */
export const builtBundles = new Map<string, BundleContents>();

/** What a deployed function must not hold, and why. */
const forbidden: readonly { readonly source: RegExp; readonly reason: string }[] = [
  {
    source: /^lib\/(local|build|stack|capacity|testing|operate\/workstation)(\/|$)/,
    reason: 'is for development',
  },
  { source: /^test(\/|$)/, reason: 'is for tests' },
  { source: /^@aws-sdk\/client-/, reason: 'is part of the Lambda runtime' },
  {
    source:
      /^(jest|ajv|esbuild|typebox|fast-check|tsx|osls|serverless|preact|@preact|playwright-core|axe-core)/,
    reason: 'is for development',
  },
];

/** Plugin of esbuild that records what each bundle is made of, and fails the build of one with forbidden contents. */
export const bundleContents: Plugin = {
  name: 'bundle-contents',
  setup: ({ initialOptions, onEnd }) => {
    initialOptions.metafile = true;
    onEnd(({ metafile }) => {
      if (metafile === undefined) return {};
      const problems = [];
      for (const [entry, contents] of contentsOf(metafile)) {
        builtBundles.set(entry, contents);
        problems.push(...forbiddenIn(entry, contents));
      }
      return { errors: problems.map((text) => ({ text })) };
    });
  },
};

/**
 * Sums up the bundles of a build.
 *
 * @param metafile - of esbuild
 * @returns contents by entry point, without its ending
 */
export function contentsOf({ outputs }: Metafile): Map<string, BundleContents> {
  const bundles = new Map<string, BundleContents>();
  for (const { entryPoint, inputs } of Object.values(outputs)) {
    if (entryPoint === undefined) continue;
    const contents = new Map<string, number>();
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput === 0) continue;
      const source = sourceOf(input);
      contents.set(source, (contents.get(source) ?? 0) + bytesInOutput);
    }
    bundles.set(entryPoint.replace(/\.[cm]?[jt]s$/, ''), contents);
  }
  return bundles;
}

/** Lists the forbidden contents of a bundle. */
export function forbiddenIn(entry: string, contents: BundleContents): string[] {
  return [...contents.keys()].flatMap((source) =>
    forbidden
      .filter((rule) => rule.source.test(source))
      .map(({ reason }) => `The bundle of ${entry} holds ${source}, which ${reason}`),
  );
}

/** `node_modules/@a/b/c.js` comes from `@a/b`, `lib/kafka/record.ts` from `lib/kafka`. */
function sourceOf(input: string): string {
  const inside = input.split('node_modules/').at(-1);
  if (inside === undefined || inside === input) return path.dirname(input);
  return inside.split('/', inside.startsWith('@') ? 2 : 1).join('/');
}
