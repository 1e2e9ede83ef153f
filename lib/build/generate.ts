import { validatorsFile, writeValidators } from './compile-validators.ts';

writeValidators().then((changed) =>
  process.stdout.write(`${validatorsFile} ${changed ? 'written' : 'is up to date'}\n`),
);
