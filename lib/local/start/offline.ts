import { unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { serviceCatalogue } from '../../build/compile-validators.ts';
import type { CliOptions, PluginUtilities, Serverless } from '../../build/framework.ts';
import { errorMessage } from '../../errors.ts';
import { parseEventSourceMappings } from '../../mapping/declaration.ts';
import { parseHttpApi } from '../http/http-api/declaration.ts';
import { collectSoon } from './collect-soon.ts';
import { buildFunctions, type FunctionBuild } from './function-build.ts';
import { functionDefinitions } from './function-definitions.ts';
import { withLocalGroups } from './local-groups.ts';
import type { LocalRun } from './local-run.ts';
import { standardOutput } from './output.ts';
import { claimPorts } from './ports.ts';
import { localSettings, wantedPorts } from './settings.ts';
import { summary } from './summary.ts';

/** Longest time from Ctrl-C to the end of the process, even if a function or the broker stops slowly. */
const EXIT_DEADLINE_MS = 4_500;
/** How soon a change to serverless.yml is noticed. */
const CONFIGURATION_CHECK_MS = 1_000;

/** The local run in the lifecycle of `serverless offline start`. */
export class Offline {
  readonly #serverless: Serverless;
  readonly #options: CliOptions;
  readonly #log: PluginUtilities['log'];
  #starting: Promise<LocalRun> | undefined;
  #building: Promise<FunctionBuild> | undefined;

  constructor(serverless: Serverless, options: CliOptions, log: PluginUtilities['log']) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
  }

  /**
   * Checks all settings, starts the broker while the functions are built, then serves requests and records until a signal.
   *
   * @throws SettingsError, DeclarationError, HttpApiError, PortTakenError, BuildError or LocalRunError, with nothing left
   *   running
   */
  async run(): Promise<void> {
    collectSoon();
    const { service, serviceDir: serviceDirectory } = this.#serverless;
    const settings = localSettings(this.#options, process.env, service.custom ?? {});
    const declared = parseEventSourceMappings(service.functions, {
      timeoutSeconds: service.provider.timeout,
      region: service.provider.region,
    });
    const declarations = withLocalGroups(declared, settings);
    const httpApi = parseHttpApi(service);
    await claimPorts(wantedPorts(settings));

    process.on('SIGINT', () => this.#end());
    process.on('SIGTERM', () => this.#end());

    if (settings.brokers !== undefined) this.#log.notice(`Connecting to ${settings.brokers}`);
    let run: LocalRun | undefined;
    const handlers = [...functionDefinitions(service, serviceDirectory).values()].map(
      ({ handler }) => handler,
    );
    // From now on, as what is changed during the start is not read either.
    this.#watchConfiguration();
    this.#building = buildFunctions(service, serviceDirectory, handlers, {
      prepare: async () => run?.refreshEventTypes(),
      prepared: join(serviceDirectory, serviceCatalogue.eventTypes),
      rebuilt: () => run?.reloaded(),
      failed: (problem) => run?.buildFailed(problem),
    });
    // Only the local run loads the broker and the Kafka client, so that packaging stays fast. import() would bypass the
    // TypeScript loader that serverless-plugin.cjs has installed for require().
    const { startLocalRun }: typeof import('./local-run.ts') = require('./local-run.ts');
    this.#starting = startLocalRun({
      service,
      serviceDirectory,
      settings,
      declarations,
      httpApi,
      output: standardOutput(settings),
      notice: (line) => this.#log.notice(line),
    });
    try {
      [run] = await Promise.all([this.#starting, this.#building]);
      const urls = await run.serve();
      this.#log.notice(summary({ run, urls, settings, declarations, httpApi }));
    } catch (error) {
      await this.stop();
      throw error;
    }
    await new Promise(() => {});
  }

  async stop(): Promise<void> {
    unwatchFile(this.#configurationFile());
    const [started, built] = await Promise.allSettled([this.#starting, this.#building]);
    if (built.status === 'fulfilled') await built.value?.stop();
    if (started.status === 'fulfilled') await started.value?.stop();
  }

  /** Functions, topics and mappings are read once. */
  #watchConfiguration(): void {
    const { configurationFilename } = this.#serverless;
    watchFile(this.#configurationFile(), { interval: CONFIGURATION_CHECK_MS, persistent: false }, () =>
      this.#log.notice(`${configurationFilename} has changed: restart npm start to apply it`),
    );
  }

  #configurationFile(): string {
    const { serviceDir, configurationFilename } = this.#serverless;
    return join(serviceDir, configurationFilename);
  }

  /** Handles a signal. */
  #end(): void {
    setTimeout(() => process.exit(0), EXIT_DEADLINE_MS).unref();
    this.stop().then(
      () => process.exit(0),
      (error: unknown) => this.#log.error(`could not stop cleanly: ${errorMessage(error)}`),
    );
  }
}
