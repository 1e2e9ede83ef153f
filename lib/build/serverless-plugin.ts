import { Offline } from '../local/start/offline.ts';
import { localOptions } from '../local/start/settings.ts';
import { compileEventSourceMappings } from '../mapping/compile.ts';
import { defineEventProperties } from '../mapping/event-properties.ts';
import { keepLogicalIdsApart } from '../mapping/logical-ids.ts';
import { explaining } from './explaining.ts';
import type { CliOptions, PluginUtilities, Serverless } from './framework.ts';
import { removeLeftoverBundles } from './leftover-bundles.ts';

/**
 * Plugin of the Serverless Framework (osls 4) for services that read Kafka through event source mappings. It completes
 * the framework's `msk` and `kafka` events to what AWS Lambda offers, and runs the mappings beside serverless-offline
 * with a Kafka broker of its own. List it before serverless-esbuild and serverless-offline.
 */
export class KafkaEventsPlugin {
  readonly commands = {
    offline: {
      lifecycleEvents: [],
      options: localOptions,
      commands: { start: { lifecycleEvents: [], options: localOptions } },
    },
  };

  readonly hooks: Record<string, () => Promise<void>>;

  constructor(serverless: Serverless, options: CliOptions, { log }: PluginUtilities) {
    const { naming } = serverless.getProvider('aws');
    const offline = new Offline(serverless, options, log);
    defineEventProperties(serverless);
    this.hooks = {
      'before:package:cleanup': () => removeLeftoverBundles(serverless),
      'before:deploy:function:initialize': () => removeLeftoverBundles(serverless),
      'before:package:compileEvents': async () => keepLogicalIdsApart(naming),
      'after:package:compileEvents': () =>
        explaining(serverless, () => compileEventSourceMappings(serverless.service, naming)),

      // Plain `offline` ends the process before another plugin can stop anything: run `offline start` in its place.
      'before:offline:start': () => serverless.pluginManager.spawn('offline:start'),
      'before:offline:start:init': () => explaining(serverless, () => offline.start()),
      'after:offline:start:init': () => offline.serve(),
      'before:offline:start:end': () => offline.stop(),
      error: () => offline.abandon(),
    };
  }
}
