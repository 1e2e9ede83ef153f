require('tsx/cjs');
module.exports = require('./settings.ts').stackSettings;
