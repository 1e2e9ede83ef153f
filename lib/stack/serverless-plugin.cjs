require('../build/typescript.cjs');
module.exports = require('./serverless-plugin.ts').StackPlugin;
