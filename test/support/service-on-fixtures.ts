import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtureCatalogue, serviceCatalogue } from '../../lib/build/compile-validators.ts';
import { copyService } from '../../lib/build/service-copy.ts';

/** What serverless.yml has before a team adds functions. */
const OWN_FUNCTIONS = ['publish', 'consume', 'provision', 'topics', 'operate'];

/**
 * Copies the service, and gives it the fixture catalogue, the fixture work and only the functions that it began with, so
 * that a test holds whatever a team has added.
 */
export function copyServiceOnFixtures(folder: string): void {
  copyService(folder);
  const eventTypes = join(folder, serviceCatalogue.eventTypes);
  rmSync(eventTypes, { recursive: true });
  cpSync(fixtureCatalogue.eventTypes, eventTypes, { recursive: true });
  for (const file of readdirSync(eventTypes)) {
    const text = readFileSync(join(eventTypes, file), 'utf8');
    writeFileSync(join(eventTypes, file), text.replace("'../../../lib/schema/", "'../"));
  }
  cpSync(fixtureCatalogue.validators, join(folder, serviceCatalogue.validators));
  const work = readFileSync(join(__dirname, 'consume.ts'), 'utf8');
  writeFileSync(join(folder, 'handlers/consume.ts'), work.replaceAll("'../../lib/", "'../lib/"));
  const configuration = join(folder, 'serverless.yml');
  writeFileSync(configuration, withOwnFunctions(readFileSync(configuration, 'utf8')));
}

/** Leaves out the functions that a team has added to serverless.yml. */
function withOwnFunctions(text: string): string {
  return text.replace(/^functions:\n(?:(?: .*)?\n)*/m, (functions) =>
    functions.replace(/^ {2}(\w+):\n(?:(?: {4}.*)?\n)*/gm, (block, name) =>
      OWN_FUNCTIONS.includes(name) ? block : '',
    ),
  );
}

/** A new folder with such a copy. */
export function serviceOnFixtures(): { readonly directory: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'service-'));
  const directory = join(folder, 'service');
  copyServiceOnFixtures(directory);
  return { directory, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
