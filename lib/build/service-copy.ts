import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** The files of the service, without its packages. */
const sources = ['serverless.yml', 'package.json', 'tsconfig.json', 'handlers', 'lib'];

/**
 * Copies the service, because builds leave files beside the sources, which would disturb a local run or another build.
 *
 * @param folder - for the copy; does not exist yet
 * @param service - the folder that is copied
 */
export function copyService(folder: string, service = '.'): void {
  mkdirSync(folder, { recursive: true });
  for (const source of sources)
    cpSync(path.join(service, source), path.join(folder, source), { recursive: true });
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
}
