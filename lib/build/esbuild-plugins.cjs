require('tsx/cjs');
module.exports = require('./esbuild-plugins.ts').esbuildPlugins;
