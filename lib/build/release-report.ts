import { ACCEPT_COMMAND, breakLine, checkReleases } from './check-releases.ts';
import { type CatalogueFiles, serviceCatalogue } from './compile-validators.ts';
import { loadEventTypes } from './load-event-types.ts';
import { readReleases } from './released-schemas.ts';

/** What a catalogue has beside what was released. */
export interface ReleaseReport {
  /** One line for each break, and at the end how to accept them; empty when there is none. */
  readonly breaks: readonly string[];
  /** Event types with something that is not recorded. */
  readonly unrecorded: readonly string[];
}

/**
 * Checks the event types of a folder, as they are on disk, against the record of what was released.
 *
 * @throws UserError when an event type or the record cannot be read
 */
export async function releaseReport({
  eventTypes: folder,
}: CatalogueFiles = serviceCatalogue): Promise<ReleaseReport> {
  const { eventTypes } = await loadEventTypes(folder);
  const { breaks, unrecorded } = checkReleases(eventTypes, await readReleases(folder));
  if (breaks.length === 0) return { breaks: [], unrecorded };
  return { breaks: [...breaks.map(breakLine), `If it is on purpose: ${ACCEPT_COMMAND}`], unrecorded };
}
