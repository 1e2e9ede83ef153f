import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import {
  areValidatorsStale,
  compileValidators,
  validatorsFile,
} from '../../../../lib/build/compile-validators.ts';

describe('generated validators', () => {
  test('are what the catalogue compiles to', async () => {
    const advice = (await areValidatorsStale())
      ? `${validatorsFile} is stale: run "npm run generate" and commit it.`
      : 'up to date';
    expect(advice).toBe('up to date');
  });

  test('come out the same each time', async () => {
    expect(await compileValidators()).toBe(await compileValidators());
  });

  test('import nothing, so that a cold start loads no validation library', async () => {
    const { metafile } = await build({
      entryPoints: [validatorsFile],
      bundle: true,
      external: ['*'],
      write: false,
      metafile: true,
    });
    expect(Object.keys(metafile.inputs)).toEqual([validatorsFile.split(path.sep).join('/')]);
    expect(Object.values(metafile.inputs).flatMap(({ imports }) => imports)).toEqual([]);
  });

  test('name the machine they were generated on nowhere', async () => {
    expect(await readFile(validatorsFile, 'utf8')).not.toContain(process.cwd());
  });
});
