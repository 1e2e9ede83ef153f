import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MissingTool } from '../../../../lib/build/missing-tool.ts';
import { pythonPackages } from '../../../../lib/build/python-packages.ts';
import { temporaryDirectory } from '../../../support/broker.ts';

const REGION = 'eu-west-1';
const REGION_FILE = `cfnlint/data/schemas/providers/${REGION}.json`;
const RESOURCE_FILE = 'cfnlint/data/schemas/resources/0a1b.json';
const MODEL_FILE = 'botocore/data/lambda/2015-03-31/service-2.json.gz';
const MODEL = { metadata: { serviceId: 'Lambda' } };

/** An interpreter that has both packages; cfn-lint is a script of a shell. */
function pythonWith({ linter = 'exit 0', without = [] as readonly string[] } = {}): string {
  const folder = temporaryDirectory();
  const files = {
    [REGION_FILE]: JSON.stringify({ 'AWS::Lambda::Function': '0a1b' }),
    [RESOURCE_FILE]: JSON.stringify({ typeName: 'AWS::Lambda::Function' }),
    [MODEL_FILE]: gzipSync(JSON.stringify(MODEL)),
    python: `#!/bin/sh
case "$2" in
  *"import cfnlint, botocore"*) printf '%s\\n' "${folder}/cfnlint" "${folder}/botocore" ;;
  *) ${linter} ;;
esac
`,
  };
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), content, { mode: 0o755 });
  }
  for (const file of without) rmSync(join(folder, file));
  return join(folder, 'python');
}

describe('pythonPackages', () => {
  test('reads schemas and the service model, and returns what cfn-lint finds', () => {
    const linter = 'if [ "$3" = --version ]; then echo 1; else echo "$4: E3002 wrong"; exit 2; fi';
    const packages = pythonPackages(REGION, pythonWith({ linter }));
    expect(packages.lambdaModel).toEqual(MODEL);
    expect(packages.resourceSchema('AWS::Lambda::Function')).toEqual({ typeName: 'AWS::Lambda::Function' });
    expect(packages.resourceSchema('AWS::Lambda::Unknown')).toBeUndefined();
    expect(packages.lint('template.json', [])).toEqual([`${REGION}: E3002 wrong`]);
  });

  const traceback = 'echo "Traceback (most recent call last):" >&2; echo "ImportError: no yaml" >&2; exit 1';
  test.each([
    ['there is no Python', () => join(temporaryDirectory(), 'python'), 'are not installed'],
    ['Python lacks a package', () => process.execPath, 'are not installed'],
    ['cfn-lint fails', () => pythonWith({ linter: traceback }), 'does not run (ImportError: no yaml)'],
    ['cfn-lint says nothing', () => pythonWith({ linter: 'exit 1' }), 'does not run (it ended with 1)'],
    ['the region has no schemas', () => pythonWith({ without: [REGION_FILE] }), `${REGION}.json`],
    ['the service model is missing', () => pythonWith({ without: [MODEL_FILE] }), 'service-2.json.gz'],
  ])('says in one sentence how to install them when %s', (_case, python, problem) => {
    expectAdvice(() => pythonPackages(REGION, python()), problem);
  });

  test('says so, too, when cfn-lint lacks the schema of a resource', () => {
    const packages = pythonPackages(REGION, pythonWith({ without: [RESOURCE_FILE] }));
    expectAdvice(() => packages.resourceSchema('AWS::Lambda::Function'), '0a1b.json');
  });
});

function expectAdvice(action: () => unknown, problem: string): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    expect(error.message).toContain(problem);
    expect(error.message).toMatch(
      /^[^\n]+: install both in \.cache\/python: python3 -m venv --clear \.cache\/python && \.cache\/python\/bin\/python -m pip install cfn-lint botocore$/,
    );
    return;
  }
  throw new Error('expected a MissingTool');
}
