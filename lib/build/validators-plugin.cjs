require('tsx/cjs');
module.exports = require('./validators-plugin.ts').ValidatorsPlugin;
