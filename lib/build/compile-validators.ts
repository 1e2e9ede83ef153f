import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import standaloneCode from 'ajv/dist/standalone';
import { build } from 'esbuild';
import { UserError } from '../errors.ts';
import { replaceFile } from '../replace-file.ts';
import { problemsOf } from './check-event-types.ts';
import { acceptedPlaces } from './check-releases.ts';
import { type LoadedEventType, loadEventTypes } from './load-event-types.ts';
import { readReleases } from './released-schemas.ts';
import { schemaCompiler, validatorImports, withFormatFunctions, withoutUnread } from './schema-compiler.ts';

/** Where a catalogue is, relative to the project's root. */
export interface CatalogueFiles {
  /** The folder of its event types. */
  readonly eventTypes: string;
  /** The module that is generated from them. */
  readonly validators: string;
}

/** The catalogue of the service. */
export const serviceCatalogue: CatalogueFiles = {
  eventTypes: path.join('lib', 'schema', 'event-types'),
  validators: path.join('lib', 'schema', 'validators.generated.ts'),
};

/** The catalogue that the framework's own tests run on; a service need not have it. */
export const fixtureCatalogue: CatalogueFiles = {
  eventTypes: path.join('test', 'support', 'event-types'),
  validators: path.join('test', 'support', 'validators.generated.ts'),
};

/** Names of event types, by what happened to their validators. */
export interface Refreshed {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** The last catalogue that this process has compiled: most builds of the local run find it unchanged. */
let last: { readonly catalogue: string; readonly compiled: string } | undefined;

/**
 * Compiles the newest schema of every event type into one module without imports: compiling at run time would add about
 * 50 ms to a cold start. One set of validators stops at the first issue, the other one finds all issues.
 *
 * @returns TypeScript source, the same bytes for the same catalogue
 * @throws UserError when an event type breaks a rule
 */
export async function compileValidators({
  eventTypes: folder,
}: CatalogueFiles = serviceCatalogue): Promise<string> {
  const loaded = await loadEventTypes(folder);
  const accepted = acceptedPlaces((await readReleases(folder)).decisions);
  const catalogue = JSON.stringify([loaded.code, ...accepted]);
  if (last?.catalogue === catalogue) return last.compiled;
  const problems = [...loaded.problems, ...problemsOf(loaded.eventTypes, accepted)];
  if (problems.length > 0) throw new UserError(problems);
  const bundle = await build({
    stdin: {
      contents: `${validatorImports}
export const validators = ${validatorCode(loaded.eventTypes, false)};
export const issueFinders = ${validatorCode(loaded.eventTypes, true)};
`,
      resolveDir: process.cwd(),
      loader: 'js',
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    charset: 'utf8',
    logLevel: 'silent',
  });
  const [output] = bundle.outputFiles;
  if (output === undefined) throw new Error('esbuild wrote no validators');
  // The path of node_modules depends on the checkout, and must not appear.
  const code = output.text.replaceAll(/(?:[\w.@-]+\/)*node_modules\//g, 'node_modules/');
  const fingerprints = loaded.eventTypes.map(fingerprintLine).join('');
  const compiled = `// @ts-nocheck\n// Generated from event-types/ by \`npm run generate\`. Do not edit.\n${fingerprints}\n${code}`;
  last = { catalogue, compiled };
  return compiled;
}

/** An object of validators by event type, as the text of an expression. */
function validatorCode(eventTypes: readonly LoadedEventType[], allErrors: boolean): string {
  const ajv = schemaCompiler(allErrors);
  const names = eventTypes.map(({ eventType: { type, revisions } }, index) => {
    ajv.addSchema(revisions.at(-1) ?? {}, type);
    return [`validate${index}`, type] as const;
  });
  const source = withoutUnread(withFormatFunctions(standaloneCode(ajv, Object.fromEntries(names))));
  const entries = names.map(([name, type]) => `${JSON.stringify(type)}: ${name}`);
  return `(() => {\n${source.replaceAll(/^export /gm, '')}\nreturn { ${entries.join(', ')} };\n})()`;
}

/** Whether the committed validators differ from what the catalogue compiles to. */
export async function areValidatorsStale(files: CatalogueFiles = serviceCatalogue): Promise<boolean> {
  return (await committedValidators(files)) !== (await compileValidators(files));
}

/**
 * Brings the committed validators up to date with the event types as they are on disk now.
 *
 * @returns what has changed; undefined when nothing had to be written
 * @throws UserError when the catalogue is not valid; the validators then stay as they were
 */
export async function refreshValidators(
  files: CatalogueFiles = serviceCatalogue,
): Promise<Refreshed | undefined> {
  const committed = await committedValidators(files);
  const compiled = await compileValidators(files);
  if (committed === compiled) return undefined;
  replaceFile(files.validators, compiled);
  const [before, after] = [fingerprintsIn(committed), fingerprintsIn(compiled)];
  return {
    added: [...after.keys()].filter((type) => !before.has(type)),
    changed: [...after.keys()].filter((type) => before.has(type) && before.get(type) !== after.get(type)),
    removed: [...before.keys()].filter((type) => !after.has(type)),
  };
}

/** For example `validators brought up to date: + user.renamed ~ order.placed - order.eaten`. */
export function refreshedLine({ added, changed, removed }: Refreshed): string {
  const marked = [
    ...added.map((type) => `+ ${type}`),
    ...changed.map((type) => `~ ${type}`),
    ...removed.map((type) => `- ${type}`),
  ];
  return `validators brought up to date${marked.length > 0 ? `: ${marked.join(' ')}` : ''}`;
}

const fingerprint = /^\/\/ (?<type>".*") (?<hash>[\da-f]{12})$/gm;

function fingerprintLine({ eventType: { type, topic, bareRecords, revisions } }: LoadedEventType): string {
  const content = JSON.stringify({ topic, bareRecords, revisions });
  return `// ${JSON.stringify(type)} ${createHash('sha256').update(content).digest('hex').slice(0, 12)}\n`;
}

function fingerprintsIn(validators: string): ReadonlyMap<string, string> {
  return new Map(
    [...validators.matchAll(fingerprint)].map(({ groups = {} }) => [
      String(JSON.parse(groups.type ?? '""')),
      groups.hash ?? '',
    ]),
  );
}

function committedValidators({ validators }: CatalogueFiles): Promise<string> {
  return readFile(validators, 'utf8').catch(() => '');
}
