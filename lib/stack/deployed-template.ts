import type { CloudFormationClientConfig } from '@aws-sdk/client-cloudformation';
import { isJsonObject } from '../json.ts';

/** The parts of a template that the comparison reads. */
export interface Template {
  readonly Resources: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

/**
 * Waits for an answer of AWS CloudFormation about a stack that may not exist.
 *
 * @returns undefined when there is no such stack
 */
export async function ifDeployed<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Fetches the deployed template of a stack from AWS CloudFormation.
 *
 * @param config - region and credentials
 * @param stackName - name of the stack
 * @returns undefined when there is no such stack
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html AWS CloudFormation API Reference, "GetTemplate"}
 */
export async function deployedTemplate(
  config: CloudFormationClientConfig,
  stackName: string,
): Promise<Template | undefined> {
  const { CloudFormationClient, GetTemplateCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(config);
  try {
    const answer = await ifDeployed(client.send(new GetTemplateCommand({ StackName: stackName })));
    return answer && parsedTemplate(JSON.parse(answer.TemplateBody || '{}'));
  } finally {
    client.destroy();
  }
}

/** Reads the parts of a template from parsed JSON. */
export function parsedTemplate(template: unknown): Template {
  const { Resources, Metadata } = isJsonObject(template) ? template : {};
  return {
    Resources: isJsonObject(Resources) ? Resources : {},
    ...(isJsonObject(Metadata) && { Metadata }),
  };
}
