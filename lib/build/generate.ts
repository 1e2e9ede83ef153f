import { validatorsFile, writeValidators } from './compile-validators.ts';

void writeValidators().then((changed) =>
  process.stdout.write(`${validatorsFile} ${changed ? 'written' : 'is up to date'}\n`),
);
