require('tsx/cjs');
module.exports = require('./bundle-report.ts').BundleReportPlugin;
