'use strict';
// Has require() load TypeScript, for `npm start` and the plugins of the framework. tsx does so too, but reads and resolves all
// modules of the framework and its packages as well, which takes a fifth of a start.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const esbuild = require('esbuild/package.json');

/** What was compiled, by a hash of what it depends on. */
const CACHE = join(__dirname, '../../node_modules/.cache/typescript');
const TARGET = `node${process.versions.node}`;

process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (module, file) => module._compile(javaScriptOf(file), file);

function javaScriptOf(file) {
  const source = readFileSync(file, 'utf8');
  const name = basename(file);
  const hash = createHash('sha256').update([esbuild.version, TARGET, name, source].join('\n')).digest('hex');
  const compiled = join(CACHE, hash);
  try {
    return readFileSync(compiled, 'utf8');
  } catch {
    const { transformSync } = require('esbuild');
    const options = { loader: 'ts', format: 'cjs', target: TARGET, sourcefile: name, sourcemap: 'inline' };
    const { code } = transformSync(source, { ...options, sourcesContent: false });
    keep(compiled, code);
    return code;
  }
}

function keep(compiled, code) {
  try {
    mkdirSync(CACHE, { recursive: true });
    // A start at the same time sees the whole file, or none.
    writeFileSync(`${compiled}.${process.pid}`, code);
    renameSync(`${compiled}.${process.pid}`, compiled);
  } catch {
    // Where node_modules is read-only, each start compiles.
  }
}
