require('./typescript.cjs');
module.exports = require('./esbuild-plugins.ts').esbuildPlugins;
