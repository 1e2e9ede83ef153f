import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { scripts } from '../../package.json';

const root = resolve(__dirname, '../..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

/** Quotes, variables, assignments in front, separators and programs that cmd does not have. */
const ONLY_IN_SH = /['$;\\]|^\w+=|(?:^|&& )(?:rm|cp|mv|mkdir|cat|export)\b/;

test.each(Object.entries(scripts))('the script %s runs in sh, cmd and PowerShell', (_name, script) => {
  expect(script).not.toMatch(ONLY_IN_SH);
});

test('what is developed on, tested on and deployed to is one version of Node.js', () => {
  const version = textOf('.nvmrc').trim();
  expect(textOf('serverless.yml')).toContain(`runtime: nodejs${version}.x`);
  expect(scripts['test:runtime']).toContain(`--package=node@${version} `);
  expect(scripts.bench).toContain(`--package=node@${version} `);
});
