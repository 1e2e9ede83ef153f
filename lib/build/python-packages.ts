import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isJsonObject } from '../json.ts';

/** Where `.ci/run` installs cfn-lint and botocore; else those of the system's Python. */
const LOCAL_PYTHON = '.cache/python/bin/python';

const RUN_LINTER = 'import sys; from cfnlint.runner import main; sys.exit(main())';

/** What packages of Python know of AWS, read without Python where it is data. */
export interface PythonPackages {
  /** Problems that cfn-lint finds. */
  lint(templateFile: string, region: string, ignored: readonly string[]): string[];
  /** The service model of AWS Lambda, of botocore. */
  readonly lambdaModel: Readonly<Record<string, unknown>>;
  /** The schema of a CloudFormation resource type; undefined: not known. */
  resourceSchema(type: string): Readonly<Record<string, unknown>> | undefined;
}

/**
 * Finds cfn-lint and botocore.
 *
 * @param region - whose resource schemas are read
 * @returns undefined when one of them is not installed
 */
export function pythonPackages(region: string): PythonPackages | undefined {
  const python = existsSync(LOCAL_PYTHON) ? LOCAL_PYTHON : 'python3';
  const script = 'import cfnlint, botocore; print(cfnlint.__path__[0]); print(botocore.__path__[0])';
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  const [linter, models] = (stdout ?? '').trim().split('\n');
  if (status !== 0 || !linter || !models) return undefined;
  const schemas = path.join(linter, 'data/schemas');
  const files = object(readFileSync(path.join(schemas, 'providers', `${region}.json`)));
  return {
    lint: (templateFile, inRegion, ignored) => {
      const ignoring = ignored.flatMap((rule) => ['--ignore-checks', rule]);
      const { stdout: found, stderr } = spawnSync(
        python,
        ['-c', RUN_LINTER, '--region', inRegion, '--format', 'parseable', ...ignoring, '-t', templateFile],
        { encoding: 'utf8' },
      );
      return [...found.split('\n'), ...stderr.split('\n')].filter((line) => line !== '');
    },
    lambdaModel: object(
      gunzipSync(readFileSync(path.join(models, 'data/lambda/2015-03-31/service-2.json.gz'))),
    ),
    resourceSchema: (type) => {
      const file = files[type];
      return typeof file === 'string'
        ? object(readFileSync(path.join(schemas, 'resources', `${file}.json`)))
        : undefined;
    },
  };
}

function object(bytes: Buffer): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  return isJsonObject(value) ? value : {};
}
