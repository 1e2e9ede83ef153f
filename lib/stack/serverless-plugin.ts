import type { Naming } from '../build/framework.ts';
import { UserError } from '../errors.ts';
import { keepLogicalIdsApart } from '../mapping/logical-ids.ts';
import { topics as catalogue } from '../schema/topics.ts';
import { type Configuration, completeService } from './complete-service.ts';
import { functionProperties } from './service-functions.ts';

/** What this plugin needs of the framework (osls 4). */
interface Framework {
  readonly configurationInput?: Configuration;
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options: { readonly param?: unknown };
  };
  readonly configSchemaHandler: {
    defineFunctionProperties(provider: string, schema: { properties: Record<string, unknown> }): void;
  };
  getProvider(name: string): { readonly naming: Naming };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

/**
 * Plugin of the Serverless Framework: completes serverless.yml with what follows from the functions, the topics of the
 * catalogue and the parameters of the deployment, before the framework checks it. List it before the other plugins.
 */
export class StackPlugin {
  constructor(framework: Framework) {
    const { configurationInput: configuration, configSchemaHandler, processedInput } = framework;
    configSchemaHandler.defineFunctionProperties('aws', {
      properties: structuredClone<Record<string, unknown>>(functionProperties),
    });
    if (configuration === undefined) return;
    const { naming } = framework.getProvider('aws');
    keepLogicalIdsApart(naming);
    // The shell decides about the log on the developer's machine only. A deployment does not depend on it.
    const isLocal = ['offline', 'invoke'].includes(processedInput.commands[0] ?? '');
    try {
      completeService(configuration, {
        catalogue,
        parameters: typedParameters(processedInput.options.param),
        logLevel: isLocal ? process.env.LOG_LEVEL : undefined,
        mappingId: (...names) => naming.getMSKEventLogicalId(...names),
      });
    } catch (error) {
      if (error instanceof UserError) {
        throw new framework.classes.Error(error.message, 'KAFKA_EVENTS');
      }
      throw error;
    }
  }
}

/** Reads the names as they were typed, to check them: the framework accepts any name. */
function typedParameters(param: unknown): Record<string, string> {
  return Object.fromEntries(
    [param ?? []].flat().map((text: unknown) => {
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(String(text)) ?? [];
      return [name, value];
    }),
  );
}
