import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CloudFormationClientConfig } from '@aws-sdk/client-cloudformation';
import { explaining } from '../build/explaining.ts';
import type { Naming } from '../build/framework.ts';
import { UserError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { DeclarationError } from '../mapping/declaration.ts';
import { keepLogicalIdsApart } from '../mapping/logical-ids.ts';
import { topics as catalogue } from '../schema/topics.ts';
import { checkChange } from './check-change.ts';
import { checkTopics, deploymentHash } from './checked-topics.ts';
import { type Configuration, completeService } from './complete-service.ts';
import { parsedTemplate } from './deployed-template.ts';
import type { Deployment } from './deployment.ts';
import { foreignArns } from './foreign-arns.ts';
import { lateAgeLimits } from './late-age-limits.ts';
import { missingRoutes } from './poller-calls.ts';
import { addRollout } from './rollout.ts';
import { functionProperties } from './service-functions.ts';
import { templateToUpdate } from './template-to-update.ts';

/** What this plugin needs of the framework (osls 4). */
interface Framework {
  readonly configurationInput?: Configuration;
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options: { readonly param?: unknown; readonly force?: unknown };
  };
  readonly configSchemaHandler: {
    defineFunctionProperties(provider: string, schema: { properties: Record<string, unknown> }): void;
  };
  readonly service: {
    readonly provider: { readonly compiledCloudFormationTemplate?: unknown };
    getFunction(name: string): { readonly package?: { readonly artifact?: string } };
  };
  getProvider(name: string): AwsProvider;
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

interface AwsProvider {
  readonly naming: Naming & { getStackName(): string };
  getRegion(): string;
  getStage(): string;
  getAccountId(): Promise<string>;
  getAwsSdkV3Config(): Promise<CloudFormationClientConfig>;
}

/**
 * Plugin of the Serverless Framework: completes serverless.yml with what follows from the functions, the topics of the
 * catalogue and the parameters of the deployment, before the framework checks it, and compares with what is deployed before
 * a deployment changes anything. List it before the other plugins.
 */
export class StackPlugin {
  readonly hooks: Record<string, () => Promise<void>> = {};

  constructor(framework: Framework) {
    const { configurationInput: configuration, configSchemaHandler, processedInput } = framework;
    configSchemaHandler.defineFunctionProperties('aws', {
      properties: structuredClone<Record<string, unknown>>(functionProperties),
    });
    if (configuration === undefined) return;
    const { naming } = framework.getProvider('aws');
    const ends = new Map<string, string>();
    keepLogicalIdsApart(naming, (...names) => ends.get(JSON.stringify(names)) ?? '');
    // The shell decides about the log on the developer's machine only. A deployment does not depend on it.
    const isLocal = ['offline', 'invoke'].includes(processedInput.commands[0] ?? '');
    try {
      const deployment = completeService(configuration, {
        catalogue,
        region: isLocal ? undefined : framework.getProvider('aws').getRegion(),
        parameters: typedParameters(processedInput.options.param),
        logLevel: isLocal ? process.env.LOG_LEVEL : undefined,
        mappingId: (functionName, clusterName, topic, end) => {
          // Logical ids have letters and digits only.
          ends.set(JSON.stringify([functionName, clusterName, topic]), end.replace(/[^0-9A-Za-z]/g, ''));
          return naming.getMSKEventLogicalId(functionName, clusterName, topic);
        },
      });
      // Nothing else depends on the network and the cluster of the deployment.
      if (['package', 'deploy'].includes(processedInput.commands[0] ?? '')) {
        const problems = [...missingRoutes(deployment), ...lateAgeLimits(deployment.consumers)];
        if (problems.length > 0) throw new DeclarationError(problems);
      }
      this.hooks['before:aws:deploy:deploy:createStack'] = () =>
        explaining(framework, () => compareWithDeployed(framework, deployment));
      // These follow from the whole template, so they come last.
      this.hooks['after:aws:package:finalize:mergeCustomProviderResources'] = () =>
        explaining(framework, async () => finishTemplate(framework, deployment));
    } catch (error) {
      if (error instanceof UserError) {
        throw new framework.classes.Error(error.message, 'KAFKA_EVENTS');
      }
      throw error;
    }
  }
}

function finishTemplate({ service, processedInput }: Framework, deployment: Deployment): void {
  const template = service.provider.compiledCloudFormationTemplate;
  if (!isJsonObject(template) || !isJsonObject(template.Resources)) return;
  const resources = template.Resources;
  const bundleOf = (name: string) => service.getFunction(name).package?.artifact;
  // Published versions keep their brokers; with --force, new versions are published.
  const isForced = processedInput.options.force === true;
  if (isForced) checkTopics(resources, new Date().toISOString());
  addRollout(resources, deployment, (name) => {
    const bundle = bundleOf(name);
    if (bundle === undefined) throw new Error(`The framework has no bundle of ${name}`);
    return fileHash(bundle);
  });
  const bundles = Object.keys(deployment.functions).flatMap((name) => bundleOf(name) ?? []);
  if (!isForced) checkTopics(resources, deploymentHash(template, bundles.map(fileHash)));
}

function fileHash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function compareWithDeployed(
  framework: Framework,
  { functions, parameters }: Deployment,
): Promise<void> {
  const provider = framework.getProvider('aws');
  const foreign = foreignArns(functions, parameters, { account: await provider.getAccountId() });
  if (foreign.length > 0) throw new UserError(foreign);
  const config = await provider.getAwsSdkV3Config();
  const before = await templateToUpdate(config, provider.naming.getStackName(), provider.getStage());
  if (before === undefined) return;
  const after = parsedTemplate(framework.service.provider.compiledCloudFormationTemplate);
  checkChange(before, after, parameters.allowChange);
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
