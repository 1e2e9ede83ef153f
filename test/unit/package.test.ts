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

test('every checkout has the line ends that formatter and generated files expect, whatever core.autocrlf says', () => {
  expect(textOf('.gitattributes')).toMatch(/^\* text=auto eol=lf$/m);
});

test('Node.js runs every script: its first words are programs that npm finds on every system', () => {
  const programs = Object.values(scripts).flatMap((script) =>
    script.split(/ && | -- /).map((command) => command.split(' ')[0]),
  );
  const known = ['node', 'npm', 'jest', 'tsx', 'tsc', 'biome', 'serverless'];
  expect(programs.filter((program) => !known.includes(program ?? ''))).toEqual([]);
});
