// The parts of the Serverless Framework (osls 4) that the plugin relies on; the framework ships no types.

/** A function of serverless.yml after the framework has read it. */
export interface FunctionConfiguration {
  /** Full name, as deployed. */
  name?: string;
  handler?: string;
  /** Seconds. */
  timeout?: number;
  /** MB. */
  memorySize?: number;
  environment?: Record<string, unknown>;
  events?: unknown;
  httpApi?: unknown;
}

/** A CloudFormation resource that the framework compiled. */
export interface CompiledResource {
  Type: string;
  Properties?: Record<string, unknown>;
}

export interface Service {
  service: string;
  /** What a configuration that does not fit the schema leads to. */
  configValidationMode?: 'error' | 'warn' | 'off';
  provider: {
    name: string;
    region?: string;
    timeout?: number;
    memorySize?: number;
    environment?: Record<string, unknown>;
    httpApi?: unknown;
    compiledCloudFormationTemplate?: { Resources: Record<string, CompiledResource> };
  };
  custom?: Record<string, unknown>;
  functions: Record<string, FunctionConfiguration>;
}

export interface Naming {
  getMSKEventLogicalId(functionName: string, clusterName: unknown, topic: string): string;
  getKafkaEventLogicalId(functionName: string, topic: string): string;
}

export interface Serverless {
  /** Of the framework. */
  version: string;
  serviceDir: string;
  /** For example `serverless.yml`, in `serviceDir`. */
  configurationFilename: string;
  service: Service;
  processedInput: { commands: readonly string[] };
  pluginManager: { spawn(commands: string): Promise<void> };
  configSchemaHandler: {
    schema: unknown;
    /** @throws when the configuration does not fit the schema, unless `configValidationMode` says otherwise */
    validateConfig(configuration: object): Promise<void>;
    defineFunctionEventProperties(
      provider: string,
      event: string,
      schema: { properties: Record<string, unknown> },
    ): void;
  };
  getProvider(name: string): { naming: Naming };
  classes: { Error: new (message: string, code: string) => Error };
}

/** Command line options by name. */
export type CliOptions = Readonly<Record<string, string | boolean | undefined>>;

/** What the framework passes to a plugin for its output. */
export interface PluginUtilities {
  log: {
    notice(message: string): void;
    warning(message: string): void;
    error(message: string): void;
  };
}
