import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EventSourceMappingDeclaration,
  parseEventSourceMappings,
} from './event-source-mapping/declaration.ts';
import { isObject } from './event-source-mapping/property-reader.ts';
import { compileEventSourceMappings } from './serverless-plugin/compile.ts';
import { defineEventProperties } from './serverless-plugin/event-properties.ts';
import type { CliOptions, PluginUtilities, Serverless } from './serverless-plugin/framework.ts';
import type { LocalRun } from './serverless-plugin/local-run.ts';
import { keepLogicalIdsApart } from './serverless-plugin/logical-ids.ts';
import { claimPorts } from './serverless-plugin/ports.ts';
import {
  type LocalSettings,
  localOptions,
  localSettings,
  wantedPorts,
} from './serverless-plugin/settings.ts';
import { summary } from './serverless-plugin/summary.ts';

/** Errors that the reader of a message can mend; the framework prints them without a stack. */
const MENDABLE_ERRORS = [
  'DeclarationError',
  'LocalRunError',
  'PortTakenError',
  'ServiceError',
  'SettingsError',
];

/** From Ctrl-C to the end of the process, however slowly a function or the broker stops. */
const EXIT_DEADLINE_MS = 4_500;

/** Time for the framework to say what went wrong. */
const MESSAGE_MS = 500;

/**
 * Plugin of the Serverless Framework (osls 4) for services that read Kafka through event source mappings: runs them
 * beside serverless-offline, with a Kafka broker of its own. List it before serverless-esbuild and serverless-offline.
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

  readonly #serverless: Serverless;
  readonly #options: CliOptions;
  readonly #log: PluginUtilities['log'];
  #local: { run: LocalRun; settings: LocalSettings } | undefined;
  #listening = false;

  constructor(serverless: Serverless, options: CliOptions, utilities: PluginUtilities) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = utilities.log;
    defineEventProperties(serverless);
    this.hooks = {
      // Plain `offline` ends the process before another plugin can stop anything: run `offline start` in its place.
      'before:offline:start': () => serverless.pluginManager.spawn('offline:start'),
      'before:offline:start:init': () => this.#explaining(() => this.#start()),
      'after:offline:start:init': () => this.#serve(),
      'before:offline:start:end': () => this.#stop(),
      error: () => this.#abandon(),
      'before:package:compileEvents': async () => keepLogicalIdsApart(serverless.getProvider('aws').naming),
      'after:package:compileEvents': () => this.#explaining(async () => this.#compile()),
      'before:package:cleanup': async () => {
        this.#refusePlaceholder();
        await this.#removeLeftoverBundles();
      },
      'before:deploy:function:initialize': () => this.#removeLeftoverBundles(),
    };
  }

  async #start(): Promise<void> {
    const { service, serviceDir } = this.#serverless;
    const settings = localSettings(this.#options, process.env, service.custom ?? {});
    const declarations = this.#declarations();
    await claimPorts(wantedPorts(settings));

    process.on('SIGINT', () => this.#end());
    process.on('SIGTERM', () => this.#end());

    const { httpPort, lambdaPort } = settings;
    const offline = service.custom?.['serverless-offline'];
    service.custom = {
      ...service.custom,
      'serverless-offline': { ...(isObject(offline) ? offline : {}), httpPort, lambdaPort },
    };
    // The broker and the Kafka client are loaded for the local run alone: packaging does not pay for them. import()
    // would pass by the loader of TypeScript that plugin.cjs has installed for require().
    const {
      startLocalRun,
    }: typeof import('./serverless-plugin/local-run.ts') = require('./serverless-plugin/local-run.ts');
    const run = await startLocalRun({ service, serviceDirectory: serviceDir, settings, declarations });
    this.#local = { run, settings };
  }

  /** The functions are built and the HTTP API listens: let records flow, and say so. */
  async #serve(): Promise<void> {
    if (this.#local === undefined) return;
    const { run, settings } = this.#local;
    try {
      const mappingsUrl = await run.startMappings();
      this.#listening = true;
      this.#log.notice(summary(run, mappingsUrl, settings, this.#declarations()));
    } catch (error) {
      this.#log.error(error instanceof Error ? error.message : String(error));
      await this.#stop();
      // The servers of serverless-offline and the watcher of serverless-esbuild would keep the process alive.
      process.exit(1);
    }
  }

  async #stop(): Promise<void> {
    await this.#local?.run.stop();
  }

  /** A build that fails leaves the broker and esbuild behind, which would keep the process alive. */
  async #abandon(): Promise<void> {
    if (this.#local === undefined) return;
    await this.#stop();
    setTimeout(() => process.exit(1), MESSAGE_MS).unref();
  }

  /** Answers a signal. Once it listens, serverless-offline answers too, closes its servers and ends the process. */
  #end(): void {
    setTimeout(() => process.exit(0), EXIT_DEADLINE_MS).unref();
    this.#stop().then(
      () => this.#listening || process.exit(0),
      (error: unknown) => this.#log.error(`Could not stop cleanly: ${error}`),
    );
  }

  #declarations(): EventSourceMappingDeclaration[] {
    const { functions, provider } = this.#serverless.service;
    return parseEventSourceMappings(functions, { timeoutSeconds: provider.timeout });
  }

  #compile(): void {
    compileEventSourceMappings(this.#serverless.service, this.#serverless.getProvider('aws').naming);
  }

  /** The cluster that serverless.yml names for the local run does not exist on AWS. */
  #refusePlaceholder(): void {
    const { custom, functions } = this.#serverless.service;
    const placeholder = isObject(custom?.local) ? custom.local.clusterArn : undefined;
    if (placeholder === undefined) return;
    const users = parseEventSourceMappings(functions).filter(
      ({ eventSourceArn }) => eventSourceArn === placeholder,
    );
    if (users.length === 0) return;
    const names = [...new Set(users.map(({ functionName }) => functionName))].join(', ');
    const message = `No MSK cluster is named, so ${names} would read ${placeholder}: set MSK_CLUSTER_ARN.`;
    if (this.#serverless.processedInput.commands[0] === 'deploy') {
      throw new this.#serverless.classes.Error(message, 'KAFKA_CLUSTER_MISSING');
    }
    this.#log.warning(`${message} The package is good for looking at, not for deploying.`);
  }

  /** serverless-esbuild leaves its last build behind, and would pack what is in it. */
  async #removeLeftoverBundles(): Promise<void> {
    const esbuild = this.#serverless.service.custom?.esbuild;
    const {
      outputWorkFolder = '.esbuild',
      outputBuildFolder = '.build',
      skipBuild,
    } = isObject(esbuild) ? esbuild : {};
    if (skipBuild) return;
    const folder = join(this.#serverless.serviceDir, String(outputWorkFolder), String(outputBuildFolder));
    await rm(folder, { recursive: true, force: true });
  }

  async #explaining(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof Error && MENDABLE_ERRORS.includes(error.name)) {
        throw new this.#serverless.classes.Error(error.message, 'KAFKA_EVENTS');
      }
      throw error;
    }
  }
}
