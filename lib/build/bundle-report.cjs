require('./typescript.cjs');
module.exports = require('./bundle-report.ts').BundleReportPlugin;
