import { UserError } from '../errors.ts';
import { refreshedLine, refreshValidators, serviceCatalogue } from './compile-validators.ts';

void refreshValidators().then(
  (refreshed) => {
    const said = refreshed ? refreshedLine(refreshed) : `${serviceCatalogue.validators} is up to date`;
    process.stdout.write(`${said}\n`);
  },
  (error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
