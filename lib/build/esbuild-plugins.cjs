require('tsx/cjs');
module.exports = [require('./lazy-chunks.ts').lazyChunks, require('./bundle-contents.ts').bundleContents];
