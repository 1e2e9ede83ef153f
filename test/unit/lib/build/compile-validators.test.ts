import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import {
  areValidatorsStale,
  compileValidators,
  fixtureCatalogue,
  refreshedLine,
  refreshValidators,
  serviceCatalogue,
} from '../../../../lib/build/compile-validators.ts';
import { UserError } from '../../../../lib/errors.ts';

describe('generated validators', () => {
  test('are what the catalogue compiles to', async () => {
    const advice = (await areValidatorsStale())
      ? `${serviceCatalogue.validators} is stale: run "npm run generate" and commit it.`
      : 'up to date';
    expect(advice).toBe('up to date');
  });

  test('come out the same each time', async () => {
    expect(await compileValidators()).toBe(await compileValidators());
  });

  test('import nothing, so that a cold start loads no validation library', async () => {
    const { metafile } = await build({
      entryPoints: [serviceCatalogue.validators],
      bundle: true,
      external: ['*'],
      write: false,
      metafile: true,
    });
    expect(Object.keys(metafile.inputs)).toEqual([serviceCatalogue.validators.split(path.sep).join('/')]);
    expect(Object.values(metafile.inputs).flatMap(({ imports }) => imports)).toEqual([]);
  });

  test('name the machine they were generated on nowhere', async () => {
    expect(await readFile(serviceCatalogue.validators, 'utf8')).not.toContain(process.cwd());
  });

  test('hold only the formats that the schemas ask for', async () => {
    const validators = await readFile(fixtureCatalogue.validators, 'utf8');
    expect(validators).toContain('isEmail');
    expect(validators).not.toContain('isIpv6');
  });
});

/** A catalogue in a folder of its own. */
interface Catalogue {
  readonly files: { readonly eventTypes: string; readonly validators: string };
  readonly write: (file: string, text: string) => Promise<void>;
}

const defineEventType = JSON.stringify(path.resolve('lib/schema/event-type.ts'));
const userRenamed = `
import { defineEventType } from ${defineEventType};

export const userRenamed = defineEventType({
  type: 'user.renamed',
  revisions: [
    {
      type: 'object',
      properties: { userId: { type: 'string', minLength: 1 }, name: { type: 'string', sensitive: true } },
      required: ['userId', 'name'],
    },
  ],
  partitionKey: ({ userId }) => userId,
});
`;

let folder: string;
let catalogue: Catalogue;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'catalogue-'));
  catalogue = {
    files: { eventTypes: folder, validators: path.join(folder, 'validators.js') },
    write: (file, text) => writeFile(path.join(folder, file), text),
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a text of a schema stays, even one that looks like what is left out of the validators', async () => {
  const { files, write } = catalogue;
  const pattern = '^schemaPath:"a",params:[{]b[}],$';
  await write('index.ts', `export * from './user-renamed.ts';\n`);
  await write(
    'user-renamed.ts',
    userRenamed.replace('minLength: 1 }', `minLength: 1, pattern: ${JSON.stringify(pattern)} }`),
  );
  const code = await compileValidators(files);
  expect(code).toContain(`new RegExp('${pattern}', "u")`);
  expect(code).not.toMatch(/schemaPath: |const schema\d/);
});

describe('refreshValidators', () => {
  test('takes up what was added, changed and removed while the process runs', async () => {
    const { files, write } = catalogue;
    await write('index.ts', `export * from './user-renamed.ts';\n`);
    await write('user-renamed.ts', userRenamed);
    expect(await refreshValidators(files)).toEqual({ added: ['user.renamed'], changed: [], removed: [] });
    expect(await refreshValidators(files)).toBeUndefined();

    await write('user-renamed.ts', userRenamed.replace('minLength: 1', 'minLength: 2'));
    expect(await refreshValidators(files)).toEqual({ added: [], changed: ['user.renamed'], removed: [] });

    await write('user-renamed.ts', userRenamed.replace("'user.renamed'", "'user.called'"));
    const refreshed = { added: ['user.called'], changed: [], removed: ['user.renamed'] };
    expect(await refreshValidators(files)).toEqual(refreshed);
    expect(refreshedLine(refreshed)).toBe('validators brought up to date: + user.called - user.renamed');
  });

  test('leaves the validators as they were when the catalogue is not valid', async () => {
    const { files, write } = catalogue;
    await write('index.ts', `export * from './user-renamed.ts';\n`);
    await write('user-renamed.ts', userRenamed);
    await refreshValidators(files);
    const before = await readFile(files.validators, 'utf8');
    await write('user-renamed.ts', userRenamed.replace('minLength: 1', "format: 'phone'"));
    await expect(refreshValidators(files)).rejects.toThrow(UserError);
    expect(await readFile(files.validators, 'utf8')).toBe(before);
  });

  test('compiles a catalogue without event types', async () => {
    const { files, write } = catalogue;
    await write('index.ts', 'export {};\n');
    await refreshValidators(files);
    expect(await readFile(files.validators, 'utf8')).toContain('export {');
  });
});

describe('an event type that does not keep its promise is named with its file, the place and what to do', () => {
  const property = (schema: string) => userRenamed.replace("{ type: 'string', sensitive: true }", schema);
  const inFile = (problem: string) => `user-renamed.ts: user.renamed: ${problem}`;
  const name = 'revisions[0]/properties/name';
  const unreachable = 'redaction cannot tell which values this marks; mark the property itself.';

  test.each<[string, string, string]>([
    [
      'an unknown format',
      property("{ type: 'string', format: 'ipv5' }"),
      inFile(
        `${name}: unknown format "ipv5"; use one of date, date-time, duration, email, hostname, ipv4, ipv6, time, uri, uri-reference, uuid.`,
      ),
    ],
    [
      'an unknown keyword',
      property("{ type: 'string', sensitiv: true }"),
      inFile(`${name}: unknown keyword: "sensitiv".`),
    ],
    [
      'an unknown type',
      property("{ type: 'text' }"),
      inFile(`${name}/type: must be equal to one of the allowed values.`),
    ],
    [
      'a pattern that is none',
      property("{ type: 'string', pattern: '(' }"),
      inFile(`${name}: Invalid regular expression: /(/u: Unterminated group.`),
    ],
    [
      'a mark that is no boolean',
      property("{ type: 'string', sensitive: 'yes' }"),
      inFile(`${name}: sensitive value must be ["boolean"].`),
    ],
    [
      'a mark in "not"',
      property("{ not: { type: 'string', sensitive: true } }"),
      inFile(`${name}/not/sensitive: ${unreachable}`),
    ],
    [
      'a mark in "propertyNames"',
      property('{ propertyNames: { sensitive: true } }'),
      inFile(`${name}/propertyNames/sensitive: ${unreachable}`),
    ],
    [
      'a definition that nothing refers to',
      property('{ definitions: { a: { sensitive: true } } }'),
      inFile(`${name}/definitions/a/sensitive: ${unreachable}`),
    ],
    [
      'an unresolved reference',
      property("{ $ref: '#/definitions/a' }"),
      inFile(`${name}: can't resolve reference #/definitions/a from id #.`),
    ],
    [
      'an empty key',
      userRenamed.replace(', minLength: 1', ''),
      inFile(
        'partitionKey gives an empty key for {"userId":"","name":""}; give the property that it uses minLength: 1.',
      ),
    ],
    [
      'a key of an optional property',
      userRenamed.replace("required: ['userId', 'name']", "required: ['name']"),
      inFile('partitionKey gives undefined for {"name":""}; use required properties only, as text.'),
    ],
    [
      'a key that cannot be made',
      userRenamed.replace('=> userId', '=> userId.missing.length'),
      inFile(
        'partitionKey throws for {"userId":"x","name":""}: Cannot read properties of undefined (reading \'length\'); use required properties only.',
      ),
    ],
    [
      'a topic that Kafka does not take',
      userRenamed.replace("type: 'user.renamed'", "type: 'user.renamed', topic: 'user events'"),
      inFile(
        'topic is "user events"; a topic name has 1 to 249 of a-z A-Z 0-9 . _ - and is neither "." nor ".."',
      ),
    ],
    [
      'a revision that does more than add optional properties',
      userRenamed.replace(
        'revisions: [',
        "revisions: [{ type: 'object', properties: { userId: { type: 'string' } } },",
      ),
      inFile(
        'revisions[1]/properties/userId/minLength: differs from the revision before; a revision may only add optional properties.\nuser-renamed.ts: user.renamed: revisions[1]/required: differs from the revision before; a revision may only add optional properties.',
      ),
    ],
    [
      'an empty type',
      userRenamed.replace("'user.renamed'", "''"),
      'user-renamed.ts: : type is empty; give it a name.',
    ],
    [
      'an export that is none',
      `${userRenamed}export const limit = 5;\n`,
      'user-renamed.ts: exports what is not an event type; make it with defineEventType.',
    ],
    [
      'a misspelt constant',
      userRenamed.replace('minLength: 1', 'minLength: shortest'),
      'user-renamed.ts:LINE: shortest is not defined',
    ],
    [
      'a value that a function does not take',
      `${userRenamed}export const none = [Object.entries(undefined)];\n`,
      'user-renamed.ts:LAST: Cannot convert undefined or null to object',
    ],
  ])('%s', async (_name, text, message) => {
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.includes('shortest')) + 1;
    const problem = message.replace('LINE', String(at)).replace('LAST', String(lines.length - 1));
    const { files, write } = catalogue;
    await write('index.ts', `export * from './user-renamed.ts';\n`);
    await write('user-renamed.ts', text);
    const said = (await compileValidators(files).catch((error: Error) => error)) as Error;
    expect(said.message.replaceAll(`${folder}/`, '')).toBe(problem);
  });

  test('a type that is taken, and a second one for the bare records of a topic', async () => {
    const { files, write } = catalogue;
    await write('index.ts', `export * from './a.ts';\nexport * from './b.ts';\n`);
    const bare = userRenamed.replace("type: 'user.renamed'", "type: 'user.renamed', bareRecords: true");
    await write('a.ts', bare.replace('userRenamed', 'a'));
    await write('b.ts', bare.replace('userRenamed', 'b'));
    const error = compileValidators(files);
    await expect(error).rejects.toThrow(
      'b.ts: user.renamed: type is taken by another event type; rename one.',
    );
    await expect(error).rejects.toThrow(
      'b.ts: user.renamed: bareRecords is set by user.renamed as well; only one event type can take the bare records of topic events.',
    );
  });

  test('a file that index.ts does not export', async () => {
    const { files, write } = catalogue;
    await write('index.ts', 'export {};\n');
    await write('user-renamed.ts', userRenamed);
    await expect(compileValidators(files)).rejects.toThrow(
      `user-renamed.ts: is not in index.ts; add "export * from './user-renamed.ts';" there; npm run format puts it in order.`,
    );
  });
});
