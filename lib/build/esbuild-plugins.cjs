require('tsx/cjs');
const { bundleContents } = require('./bundle-contents.ts');
const { kafkaRequests } = require('./kafka-requests.ts');
const { lazyChunks } = require('./lazy-chunks.ts');
module.exports = [lazyChunks, kafkaRequests, bundleContents];
