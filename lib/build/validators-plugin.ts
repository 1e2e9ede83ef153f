import { UserError } from '../errors.ts';
import { refreshedLine, refreshValidators } from './compile-validators.ts';
import { explaining } from './explaining.ts';
import type { PluginUtilities, Serverless } from './framework.ts';
import { releaseReport } from './release-report.ts';

/**
 * Plugin of the Serverless Framework: brings the validators up to date before any command reads them, so that packaging,
 * invocations and local runs always use the current catalogue, and with them the documents of the contract. A deployment
 * that would break what was released stops; packaging and a local run warn.
 */
export class ValidatorsPlugin {
  readonly hooks: { readonly initialize: () => Promise<void> };

  constructor(serverless: Serverless, _options: unknown, { log }: PluginUtilities) {
    const command = serverless.processedInput.commands.join(' ');
    this.hooks = { initialize: () => explaining(serverless, () => bringUpToDate(command, log)) };
  }
}

async function bringUpToDate(command: string, log: PluginUtilities['log']): Promise<void> {
  const refreshed = await refreshValidators();
  if (refreshed) log.notice(refreshedLine(refreshed));
  if (refreshed || /^(?:deploy|package)/.test(command)) await contract().refreshDocuments();
  if (!/^(?:deploy|deploy function|package|offline|offline start)$/.test(command)) return;
  const { breaks } = await releaseReport();
  if (breaks.length > 0 && command.startsWith('deploy')) throw new UserError(breaks);
  for (const line of breaks) log.warning(line);
}

/** Loaded when it is needed only, because it reads serverless.yml and makes examples. */
function contract(): typeof import('../contract/documents.ts') {
  return require('../contract/documents.ts');
}
