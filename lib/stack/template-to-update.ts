import type { CloudFormationClientConfig } from '@aws-sdk/client-cloudformation';
import { UserError } from '../errors.ts';
import { deployedStack } from '../provision/deployed-stack.ts';
import { deployedTemplate, ifDeployed, type Template } from './deployed-template.ts';

/**
 * Fetches the template that a deployment is about to update.
 *
 * @param config - region and credentials
 * @param stackName - name of the stack
 * @param stage - of the service
 * @returns undefined when there is no such stack, so that the deployment creates it
 * @throws UserError that says what to do about a stack that AWS CloudFormation cannot update
 */
export async function templateToUpdate(
  config: CloudFormationClientConfig,
  stackName: string,
  stage: string,
): Promise<Template | undefined> {
  const stack = await ifDeployed(deployedStack(stackName, config));
  if (stack === undefined || stack.status === 'DELETE_COMPLETE') return undefined;
  checkStatus(stackName, stage, stack.status);
  return deployedTemplate(config, stackName);
}

/** @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html AWS CloudFormation User Guide, "Stack status codes"} */
function checkStatus(stackName: string, stage: string, status: string): void {
  const remove = `npx serverless remove --stage ${stage}`;
  const neverCreated = `it was never created as a whole: remove what is left with ${remove}, then deploy again`;
  const advice: Readonly<Record<string, string>> = {
    ROLLBACK_COMPLETE: neverCreated,
    ROLLBACK_FAILED: neverCreated,
    DELETE_FAILED: `it was not removed as a whole: run ${remove} again, then deploy`,
    REVIEW_IN_PROGRESS: `nothing of it was created: if no other deployment is creating it, run ${remove}, then deploy again`,
    UPDATE_ROLLBACK_FAILED: `the last deployment could not be taken back: remove the cause, which aws cloudformation describe-stack-events --stack-name ${stackName} names, and run aws cloudformation continue-update-rollback --stack-name ${stackName}`,
  };
  const what =
    advice[status] ??
    (status.endsWith('_IN_PROGRESS') && 'another deployment changes it: wait until that is over');
  if (what) throw new UserError([`The stack ${stackName} is in ${status}: ${what}`]);
}
