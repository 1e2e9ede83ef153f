import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone';
import addFormats from 'ajv-formats';
import { build } from 'esbuild';
import { catalogue } from '../schema/catalogue.ts';

/** The generated module, relative to the project's root. */
export const validatorsFile = path.join('lib', 'schema', 'validators.generated.ts');

/**
 * Compiles the newest schema of every event type into one module without imports. Compiling at run time would cost a
 * cold start some 50 ms.
 *
 * @returns TypeScript source, the same bytes for the same catalogue
 * @throws Error when a schema is not valid JSON Schema (ajv strict mode)
 */
export async function compileValidators(): Promise<string> {
  // Only the first issue of an event is reported: all of those of a hostile megabyte would fill the memory.
  const ajv = new Ajv({ code: { source: true, esm: true, lines: true } });
  // The fast patterns: full ones cost twice the validation time (and still prove nothing about an address).
  addFormats(ajv, { mode: 'fast', formats: ['date-time', 'date', 'email', 'uri', 'uuid'] });
  ajv.addVocabulary(['sensitive']);

  for (const { type, revisions } of catalogue) {
    for (const schema of revisions) ajv.compile(schema);
    ajv.addSchema(revisions.at(-1) ?? {}, type);
  }
  const source = standaloneCode(
    ajv,
    Object.fromEntries(catalogue.map(({ type }, index) => [`validate${index}`, type])),
  );
  const entries = catalogue.map(({ type }, index) => `  ${JSON.stringify(type)}: validate${index},`);

  const bundle = await build({
    stdin: {
      contents: `${source.replaceAll(/^export /gm, '')}\nexport const validators = {\n${entries.join('\n')}\n};\n`,
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
  // Where node_modules is depends on the checkout, and must not show.
  const code = output.text.replaceAll(/(?:[\w.@-]+\/)*node_modules\//g, 'node_modules/');
  return `// @ts-nocheck\n// Generated from event-types/ by \`npm run generate\`. Do not edit.\n\n${code}`;
}

/** Whether the committed validators differ from what the catalogue compiles to. */
export async function areValidatorsStale(): Promise<boolean> {
  return (await committedValidators()) !== (await compileValidators());
}

/** Brings the committed validators up to date; returns whether they had to change. */
export async function writeValidators(): Promise<boolean> {
  const compiled = await compileValidators();
  if ((await committedValidators()) === compiled) return false;
  await writeFile(validatorsFile, compiled);
  return true;
}

function committedValidators(): Promise<string> {
  return readFile(validatorsFile, 'utf8').catch(() => '');
}
