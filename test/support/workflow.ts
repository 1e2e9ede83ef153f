import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { isJsonObject } from '../../lib/json.ts';

const root = resolve(__dirname, '../..');

/** A step of a job. */
export interface Step {
  readonly name?: unknown;
  readonly uses?: unknown;
  readonly run?: unknown;
  readonly env?: unknown;
}

/** A workflow of GitHub Actions, as far as tests read it. */
export interface Workflow {
  readonly text: string;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly needs?: unknown;
  readonly environment?: unknown;
  readonly permissions?: unknown;
  readonly steps: readonly Step[];
}

/** @param file - in `.github/workflows` */
export function workflow(file: string): Workflow {
  const text = readFileSync(join(root, '.github/workflows', file), 'utf8');
  const parsed = record(yaml().load(text));
  const jobs = Object.entries(record(parsed.jobs)).map(([name, value]): [string, Job] => {
    const job = record(value);
    const steps = (Array.isArray(job.steps) ? job.steps : []).map(record);
    return [name, { ...job, steps }];
  });
  return { text, permissions: parsed.permissions, jobs: Object.fromEntries(jobs) };
}

/** The parser that the framework reads serverless.yml with. */
function yaml(): { load(text: string): unknown } {
  const framework = createRequire(createRequire(join(root, 'package.json')).resolve('serverless'));
  return framework('js-yaml');
}

function record(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {};
}
