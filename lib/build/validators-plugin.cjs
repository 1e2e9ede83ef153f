require('./typescript.cjs');
module.exports = require('./validators-plugin.ts').ValidatorsPlugin;
