import path from 'node:path';

/** A script that runs from its sources: nobody bundles the local run. */
export function localScript(name: string): { file: string; flags: string[] } {
  return { file: path.join(__dirname, name), flags: ['--require', 'tsx/cjs', '--conditions=fixture'] };
}
