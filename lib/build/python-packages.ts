import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { errorMessage } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { MissingTool } from './missing-tool.ts';

/** Where `.ci/run` installs cfn-lint and botocore; else those of the system's Python. */
const LOCAL_PYTHON = '.cache/python/bin/python';
const INSTALL = `python3 -m venv --clear .cache/python && ${LOCAL_PYTHON} -m pip install cfn-lint botocore`;

const FIND_PACKAGES = 'import cfnlint, botocore; print(cfnlint.__path__[0]); print(botocore.__path__[0])';
const RUN_LINTER = 'import sys; from cfnlint.runner import main; sys.exit(main())';
/** Of a run that found nothing, or errors (2), warnings (4) and informational problems (8): cfn-lint, "Exit Codes". */
const LINTED = new Set([0, 2, 4, 6, 8, 10, 12, 14]);

type JsonObject = Readonly<Record<string, unknown>>;

/** What packages of Python know of AWS, read without Python where it is data. */
export interface PythonPackages {
  /**
   * Problems that cfn-lint finds.
   *
   * @throws MissingTool when cfn-lint does not run
   */
  lint(templateFile: string, ignored: readonly string[]): string[];
  /** The service model of AWS Lambda, of botocore. */
  readonly lambdaModel: JsonObject;
  /**
   * The schema of a CloudFormation resource type; undefined: not known.
   *
   * @throws MissingTool when cfn-lint is installed without it
   */
  resourceSchema(type: string): JsonObject | undefined;
}

/**
 * Finds cfn-lint and botocore, and checks that they are complete and run.
 *
 * @param region - whose resource schemas are read
 * @param python - the interpreter that has them
 * @throws MissingTool that says how to install them
 */
export function pythonPackages(
  region: string,
  python = existsSync(LOCAL_PYTHON) ? LOCAL_PYTHON : 'python3',
): PythonPackages {
  const run = (script: string, ...options: readonly string[]) =>
    spawnSync(python, ['-c', script, ...options], { encoding: 'utf8' });
  const lint = (...options: readonly string[]): string[] => {
    const { status, stdout, stderr, error } = run(RUN_LINTER, ...options);
    if (status === null || !LINTED.has(status)) {
      const [reason = `it ended with ${status}`] = error ? [error.message] : linesOf(stderr).slice(-1);
      throw unusable(`cfn-lint does not run (${reason})`);
    }
    return [...linesOf(stdout), ...linesOf(stderr)];
  };

  const found = run(FIND_PACKAGES);
  const [linter, models] = linesOf(found.stdout ?? '');
  if (found.status !== 0 || linter === undefined || models === undefined) {
    throw unusable('cfn-lint and botocore are not installed');
  }
  lint('--version');
  const schemas = path.join(linter, 'data/schemas');
  const files = readObject(path.join(schemas, 'providers', `${region}.json`));
  return {
    lint: (templateFile, ignored) => {
      const ignoring = ignored.flatMap((rule) => ['--ignore-checks', rule]);
      return lint('--region', region, '--format', 'parseable', ...ignoring, '-t', templateFile);
    },
    lambdaModel: readObject(path.join(models, 'data/lambda/2015-03-31/service-2.json.gz'), gunzipSync),
    resourceSchema: (type) => {
      const file = files[type];
      return typeof file === 'string'
        ? readObject(path.join(schemas, 'resources', `${file}.json`))
        : undefined;
    },
  };
}

function unusable(problem: string, cause?: unknown): MissingTool {
  return new MissingTool(`${problem}: install both in .cache/python: ${INSTALL}`, { cause });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** @throws MissingTool when a package lacks this file of JSON */
function readObject(file: string, unpacked = (bytes: Buffer): Buffer => bytes): JsonObject {
  try {
    const value: unknown = JSON.parse(unpacked(readFileSync(file)).toString('utf8'));
    return isJsonObject(value) ? value : {};
  } catch (error) {
    throw unusable(`cfn-lint or botocore is incomplete (${errorMessage(error)})`, error);
  }
}
