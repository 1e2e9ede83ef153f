import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtureCatalogue, serviceCatalogue } from '../../lib/build/compile-validators.ts';
import { copyService } from '../../lib/build/service-copy.ts';

/** Copies the service and gives it the fixture catalogue, so that a test holds whatever event types a team has. */
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
}

/** A new folder with such a copy. */
export function serviceOnFixtures(): { readonly directory: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'service-'));
  const directory = join(folder, 'service');
  copyServiceOnFixtures(directory);
  return { directory, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
