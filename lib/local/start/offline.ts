import type { CliOptions, PluginUtilities, Serverless } from '../../build/framework.ts';
import { errorMessage } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';
import { type EventSourceMappingDeclaration, parseEventSourceMappings } from '../../mapping/declaration.ts';
import type { LocalRun } from './local-run.ts';
import { claimPorts } from './ports.ts';
import { type LocalSettings, localSettings, wantedPorts } from './settings.ts';
import { summary } from './summary.ts';

/** From Ctrl-C to the end of the process, however slowly a function or the broker stops. */
const EXIT_DEADLINE_MS = 4_500;

/** Time for the framework to say what went wrong. */
const MESSAGE_MS = 500;

interface Started {
  run: LocalRun;
  settings: LocalSettings;
  declarations: readonly EventSourceMappingDeclaration[];
}

/** The local run in the lifecycle of `serverless offline start`. */
export class Offline {
  readonly #serverless: Serverless;
  readonly #options: CliOptions;
  readonly #log: PluginUtilities['log'];
  #started: Started | undefined;
  #listening = false;

  constructor(serverless: Serverless, options: CliOptions, log: PluginUtilities['log']) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
  }

  /**
   * Before the functions are built: checks everything that can be wrong, then starts the broker.
   *
   * @throws SettingsError, DeclarationError, PortTakenError or LocalRunError, with nothing left running
   */
  async start(): Promise<void> {
    const { service, serviceDir: serviceDirectory } = this.#serverless;
    const settings = localSettings(this.#options, process.env, service.custom ?? {});
    const declarations = parseEventSourceMappings(service.functions, {
      timeoutSeconds: service.provider.timeout,
    });
    await claimPorts(wantedPorts(settings));

    process.on('SIGINT', () => this.#end());
    process.on('SIGTERM', () => this.#end());

    const { httpPort, lambdaPort } = settings;
    const own = service.custom?.['serverless-offline'];
    service.custom = {
      ...service.custom,
      'serverless-offline': { ...(isJsonObject(own) ? own : {}), httpPort, lambdaPort },
    };
    if (settings.brokers !== undefined) this.#log.notice(`Connecting to ${settings.brokers}`);
    // The broker and the Kafka client are loaded for the local run alone: packaging does not pay for them. import()
    // would pass by the loader of TypeScript that serverless-plugin.cjs has installed for require().
    const { startLocalRun }: typeof import('./local-run.ts') = require('./local-run.ts');
    const run = await startLocalRun({ service, serviceDirectory, settings, declarations });
    this.#started = { run, settings, declarations };
  }

  /** The functions are built and the HTTP API listens: lets records flow, and says so. */
  async serve(): Promise<void> {
    if (this.#started === undefined) return;
    const { run, settings, declarations } = this.#started;
    try {
      const mappingsUrl = await run.startMappings();
      this.#listening = true;
      this.#log.notice(summary(run, mappingsUrl, settings, declarations));
    } catch (error) {
      this.#log.error(errorMessage(error));
      await this.stop();
      // The servers of serverless-offline and the watcher of serverless-esbuild would keep the process alive.
      process.exit(1);
    }
  }

  async stop(): Promise<void> {
    await this.#started?.run.stop();
  }

  /** After an error elsewhere: a build that fails leaves the broker and esbuild behind, which keep the process alive. */
  async abandon(): Promise<void> {
    if (this.#started === undefined) return;
    await this.stop();
    setTimeout(() => process.exit(1), MESSAGE_MS).unref();
  }

  /** Answers a signal. Once it listens, serverless-offline answers too, closes its servers and ends the process. */
  #end(): void {
    setTimeout(() => process.exit(0), EXIT_DEADLINE_MS).unref();
    this.stop().then(
      () => this.#listening || process.exit(0),
      (error: unknown) => this.#log.error(`Could not stop cleanly: ${errorMessage(error)}`),
    );
  }
}
