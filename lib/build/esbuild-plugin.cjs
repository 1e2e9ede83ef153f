'use strict';

/**
 * serverless-esbuild for every command but `offline`: the local run builds by itself, and loading this plugin would take a
 * third of its start.
 */
module.exports = class {
  constructor(serverless, options, utilities) {
    if (serverless.processedInput.commands[0] === 'offline') return;
    const Plugin = require('serverless-esbuild');
    // biome-ignore lint/correctness/noConstructorReturn: the framework takes what the constructor returns.
    return new Plugin(serverless, options, utilities);
  }
};
