import { validatorsFile, writeValidators } from './compile-validators.ts';

/** What this plugin needs of the framework. */
interface PluginUtilities {
  readonly log: { readonly notice: (message: string) => void };
}

/**
 * Plugin of the Serverless Framework: brings the validators up to date before any command reads them, so that what is
 * packaged, invoked or started always checks against the catalogue as it is.
 */
export class ValidatorsPlugin {
  readonly hooks: { readonly initialize: () => Promise<void> };

  constructor(_serverless: unknown, _options: unknown, { log }: PluginUtilities) {
    this.hooks = {
      initialize: async () => {
        if (await writeValidators()) log.notice(`${validatorsFile} written: the catalogue has changed`);
      },
    };
  }
}
