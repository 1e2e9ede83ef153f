import { checkWhatChanged } from '../local/start/checked-configuration.ts';
import { Offline } from '../local/start/offline.ts';
import { localOptions } from '../local/start/settings.ts';
import { compileEventSourceMappings } from '../mapping/compile.ts';
import { defineEventProperties } from '../mapping/event-properties.ts';
import { keepLogicalIdsApart } from '../mapping/logical-ids.ts';
import { leaveOutAbsentProfile } from './absent-profile.ts';
import { explaining } from './explaining.ts';
import type { CliOptions, PluginUtilities, Serverless } from './framework.ts';
import { removeLeftoverBundles } from './leftover-bundles.ts';

const LOCAL_USAGE = 'Run the service on this machine, with a Kafka broker';

/**
 * Plugin of the Serverless Framework (osls 4) for services that read Kafka through event source mappings. It adds what AWS
 * Lambda offers to the framework's `msk` and `kafka` events, and runs the service on this machine with its own Kafka
 * broker. List it before esbuild-plugin.cjs.
 */
export class KafkaEventsPlugin {
  readonly commands = {
    offline: {
      usage: LOCAL_USAGE,
      lifecycleEvents: ['run'],
      options: localOptions,
      commands: { start: { usage: LOCAL_USAGE, lifecycleEvents: ['run'], options: localOptions } },
    },
  };

  readonly hooks: Record<string, () => Promise<void>>;

  constructor(serverless: Serverless, options: CliOptions, { log }: PluginUtilities) {
    const { naming } = serverless.getProvider('aws');
    const offline = new Offline(serverless, options, log);
    defineEventProperties(serverless);
    if (serverless.processedInput.commands[0] === 'offline') checkWhatChanged(serverless);
    this.hooks = {
      'before:package:cleanup': () => removeLeftoverBundles(serverless),
      'before:deploy:function:initialize': () => removeLeftoverBundles(serverless),
      'before:package:compileEvents': async () => keepLogicalIdsApart(naming),
      'after:package:compileEvents': () =>
        explaining(serverless, () => compileEventSourceMappings(serverless.service, naming)),

      initialize: async () => {
        if (!/^(?:offline|invoke local)/.test(serverless.processedInput.commands.join(' '))) return;
        const profile = leaveOutAbsentProfile(process.env);
        if (profile !== undefined)
          log.warning(`There is no AWS profile ${profile}: continuing without AWS_PROFILE`);
      },
      'offline:run': () => explaining(serverless, () => offline.run()),
      'offline:start:run': () => explaining(serverless, () => offline.run()),
    };
  }
}
