import { cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';

/** The files of the service, without its packages. */
const sources = ['serverless.yml', 'package.json', 'tsconfig.json', 'handlers', 'lib'];

/**
 * Copies the service, because builds leave files beside the sources, which would disturb a local run or another build.
 *
 * @param folder - for the copy; does not exist yet
 * @param service - the folder that is copied
 */
export async function copyService(folder: string, service = '.'): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const source of sources)
    await cp(path.join(service, source), path.join(folder, source), { recursive: true });
  await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'));
}
