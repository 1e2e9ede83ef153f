import path from 'node:path';
import type { Script } from './fresh-process.ts';

/** A script that runs from its sources, with the loader of `npm start`: nobody bundles the local run. */
export function localScript(name: string): Script {
  return { file: path.join(__dirname, name), flags: ['--require', 'tsx/cjs', '--conditions=fixture'] };
}
