require('tsx/cjs');
module.exports = require('./serverless-plugin.ts').StackPlugin;
