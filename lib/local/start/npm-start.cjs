'use strict';
// `npm start`: says immediately what it does, checks the command line, and runs `serverless offline start` in this process.
process.stdout.write(
  'Starting the service: reads serverless.yml, then builds the functions. Ctrl-C ends it.\n',
);

// Since Node.js 22.1; loading the framework and its plugins takes half of the start.
require('node:module').enableCompileCache?.();
// Before anything is loaded, for which the young generation would grow: see collect-soon.ts.
require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
require('../../build/typescript.cjs');
const { commandLineProblem } = require('./command-line.ts');

const flags = process.argv.slice(2);
const problem = commandLineProblem(flags, process.env);
if (problem === undefined) {
  process.argv.splice(2, Number.POSITIVE_INFINITY, 'offline', 'start', ...flags);
  require('serverless/bin/serverless.js');
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
