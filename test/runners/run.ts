// `npm run test:runners`: runs the tests of one's own work on vitest, which is installed beside them, and on node:test.
import { join } from 'node:path';
import { runProgram } from '../../lib/build/run-program.ts';
import { installPackages, runShown } from '../support/subprocess.ts';

const folder = 'test/runners';

async function main(): Promise<void> {
  installPackages(folder);
  const vitest = join(folder, 'node_modules/.bin/vitest');
  runShown(vitest, 'run', '--root', '.', '--config', `${folder}/vitest.config.mts`);
  runShown('node', '--import', 'tsx', '--conditions=fixture', '--test', `${folder}/node.test.ts`);
}

runProgram(main);
