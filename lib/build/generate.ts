import { existsSync } from 'node:fs';
import { refreshDocuments } from '../contract/documents.ts';
import { UserError } from '../errors.ts';
import {
  fixtureCatalogue,
  refreshedLine,
  refreshValidators,
  serviceCatalogue,
} from './compile-validators.ts';
import { releaseReport } from './release-report.ts';
import { runProgram } from './run-program.ts';

/** Brings the validators of both catalogues up to date. */
async function generate(): Promise<void> {
  for (const files of [serviceCatalogue, fixtureCatalogue]) {
    if (!existsSync(files.eventTypes)) continue;
    const refreshed = await refreshValidators(files);
    const said = refreshed ? refreshedLine(refreshed) : 'up to date';
    process.stdout.write(`${files.validators}: ${said}\n`);
  }
  for (const file of await refreshDocuments()) process.stdout.write(`${file}: brought up to date\n`);
  const { breaks } = await releaseReport();
  if (breaks.length > 0) throw new UserError(breaks);
}

runProgram(generate);
