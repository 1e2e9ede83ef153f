import { refreshedLine, refreshValidators } from './compile-validators.ts';
import { explaining } from './explaining.ts';
import type { PluginUtilities, Serverless } from './framework.ts';

/**
 * Plugin of the Serverless Framework: brings the validators up to date before any command reads them, so that packaging,
 * invocations and local runs always use the current catalogue.
 */
export class ValidatorsPlugin {
  readonly hooks: { readonly initialize: () => Promise<void> };

  constructor(serverless: Serverless, _options: unknown, { log }: PluginUtilities) {
    this.hooks = {
      initialize: () =>
        explaining(serverless, async () => {
          const refreshed = await refreshValidators();
          if (refreshed) log.notice(refreshedLine(refreshed));
        }),
    };
  }
}
