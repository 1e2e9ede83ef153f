import { parseArgs } from 'node:util';
import { errorMessage, UserError } from '../errors.ts';
import { checkReleases, RELEASE_COMMAND, type ReleaseBreak } from './check-releases.ts';
import { serviceCatalogue } from './compile-validators.ts';
import { loadEventTypes } from './load-event-types.ts';
import { recordReleases } from './record-releases.ts';
import { releaseReport } from './release-report.ts';
import { type Decision, type Releases, readReleases } from './released-schemas.ts';
import { runProgram } from './run-program.ts';

const usage = `Usage: npm run schemas -- <command>

  check                      compares the event types with what was released; fails when something breaks, or is new and
                             not recorded
  check --accept "<reason>"  records what breaks as a decision on purpose; what is new and not recorded stays so
  release                    records new event types and revisions as released
`;

/** `npm run schemas`. */
async function main(): Promise<void> {
  const { command, accept } = commandLine();
  if (command === 'check' && accept === undefined) await check();
  else await record(accept);
}

function commandLine(): { command: 'check' | 'release'; accept: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { accept: { type: 'string' } },
    });
    const [command] = positionals;
    if (positionals.length !== 1 || (command !== 'check' && command !== 'release')) throw new Error(usage);
    if (values.accept?.trim() === '')
      throw new Error('--accept: say why, as a reason for those who read it later');
    return { command, accept: command === 'check' ? values.accept : undefined };
  } catch (error) {
    throw new UserError([errorMessage(error)]);
  }
}

async function check(): Promise<void> {
  const { breaks, unrecorded } = await releaseReport();
  const problems = [
    ...breaks,
    ...unrecorded.map((type) => `${type}: is not recorded yet: ${RELEASE_COMMAND}`),
  ];
  if (problems.length > 0) throw new UserError(problems);
  process.stdout.write('The event types keep what was released.\n');
}

/** @param reason - why what breaks is accepted; undefined: nothing may break */
async function record(reason: string | undefined): Promise<void> {
  const { eventTypes: folder } = serviceCatalogue;
  const { eventTypes } = await loadEventTypes(folder);
  const before = await readReleases(folder);
  const { breaks, unrecorded } = checkReleases(eventTypes, before);
  if (reason === undefined && breaks.length > 0) throw new UserError((await releaseReport()).breaks);
  const types = [...new Set(breaks.map(({ type }) => type))];
  const decisions = types.map(
    (type): Decision => ({
      type,
      reason: reason ?? '',
      changes: breaks.filter((each) => each.type === type).map(({ place }) => place),
    }),
  );
  await recordReleases(folder, eventTypes, {
    before,
    decisions: [...before.decisions, ...decisions],
    ...(reason !== undefined && { accepted: acceptedRevisions(breaks, before) }),
  });
  const said = [
    ...decisions.flatMap(({ type, changes }) => changes.map((place) => `accepted: ${type}: ${place}`)),
    ...(reason === undefined ? unrecorded.map((type) => `recorded: ${type}`) : []),
  ];
  const nothing =
    reason === undefined
      ? 'Everything is recorded already.\n'
      : 'Nothing breaks: there is nothing to accept.\n';
  process.stdout.write(said.length > 0 ? `${said.join('\n')}\n` : nothing);
}

/**
 * How many revisions of each event type with a break are recorded with it: up to the last one that breaks. Those behind it,
 * and event types that were never released, stay drafts.
 */
function acceptedRevisions(breaks: readonly ReleaseBreak[], { eventTypes }: Releases): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, place } of breaks) {
    const released = eventTypes[type]?.revisions.length ?? 0;
    const broken = Number(/^revisions\[(\d+)\]/.exec(place)?.[1] ?? -1) + 1;
    if (released > 0) counts.set(type, Math.max(counts.get(type) ?? 0, released, broken));
  }
  return counts;
}

runProgram(main);
