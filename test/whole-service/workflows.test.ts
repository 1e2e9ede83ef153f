import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { scripts } from '../../package.json';
import { type Step, workflow } from '../support/workflow.ts';

const root = resolve(__dirname, '../..');
const workflows = readdirSync(join(root, '.github/workflows'));

const commandsOf = ({ run }: Step) => (typeof run === 'string' ? [run] : []);
const allSteps = (file: string) => Object.values(workflow(file).jobs).flatMap(({ steps }) => steps);

describe.each(workflows)('%s', (file) => {
  test('takes each action by the commit of a version, which nobody can move', () => {
    const actions = [...workflow(file).text.matchAll(/uses: (.*)$/gm)].map(([, action]) => action);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('has scripts that bash can read, without expressions that a pull request could fill', () => {
    for (const script of allSteps(file).flatMap(commandsOf)) {
      expect(spawnSync('bash', ['-n', '-c', script], { encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(script).not.toContain('${{');
    }
  });

  test('runs scripts and programs that there are', () => {
    for (const script of allSteps(file).flatMap(commandsOf)) {
      for (const [, name = ''] of script.matchAll(/\bnpm run ([\w:-]+)/g))
        expect(Object.keys(scripts)).toContain(name);
      for (const [, name = ''] of script.matchAll(/\bnpx ([\w-]+)/g))
        expect(existsSync(join(root, 'node_modules/.bin', name))).toBe(true);
      for (const [path] of script.matchAll(/\b(?:lib|test)\/[\w/.-]+\.ts/g))
        expect(existsSync(join(root, path))).toBe(true);
      for (const [path] of script.matchAll(/\.ci\/\w+/g)) accessSync(join(root, path), constants.X_OK);
    }
  });

  test('reads no stored secret', () => {
    expect(workflow(file).text).not.toMatch(/\bsecrets\./);
  });
});

describe('deploy.yml', () => {
  const { jobs } = workflow('deploy.yml');
  const stepsOf = (job: string) =>
    (jobs[job]?.steps ?? []).flatMap(commandsOf).map((run) => run.split('\n')[0]);

  test('tests, then deploys dev, shows what would change in prod, and deploys prod', () => {
    expect(Object.entries(jobs).map(([name, { needs, environment }]) => [name, needs, environment])).toEqual([
      ['test', undefined, undefined],
      ['dev', 'test', 'dev'],
      ['prod-diff', 'dev', 'prod-diff'],
      ['prod', 'prod-diff', 'prod'],
    ]);
  });

  test('packages dev, shows what would change, deploys it and sees an event consumed', () => {
    expect(stepsOf('dev')).toEqual([
      'npm ci',
      'npx serverless package --stage dev',
      expect.stringContaining('lib/build/diff-template.ts'),
      'npx serverless deploy --stage dev',
      '.ci/smoke kafka-events-dev',
    ]);
  });

  test('deploys prod as it was shown, and sees an event consumed', () => {
    expect(stepsOf('prod-diff')).toEqual([
      'npm ci',
      'npx serverless package --stage prod',
      expect.stringContaining('lib/build/diff-template.ts'),
    ]);
    expect(stepsOf('prod')).toEqual([
      'npm ci',
      'npx serverless deploy --stage prod',
      '.ci/smoke kafka-events-prod',
    ]);
  });

  test('takes a role of AWS in the jobs of environments only', () => {
    for (const { environment, permissions, steps } of Object.values(jobs)) {
      const takesRole = steps.some(({ uses }) =>
        String(uses).startsWith('aws-actions/configure-aws-credentials@'),
      );
      expect(takesRole).toBe(environment !== undefined);
      if (environment === undefined) expect(permissions).toEqual({ contents: 'read' });
    }
  });
});
