import { createHash } from 'node:crypto';
import { normalizeCloudFormationTemplate } from 'serverless/lib/plugins/aws/lib/normalize-files';
import { isJsonObject } from '../json.ts';

/** The property of the custom resource that tells deployments apart. */
export const DEPLOYMENT = 'Deployment';

/**
 * Has the custom resource create missing topics and ask for the brokers with this deployment: CloudFormation updates it only
 * when one of its properties changed. Does nothing to a template without it.
 *
 * @param resources - of the whole template, which is changed
 * @param deployment - another text for another deployment
 */
export function checkTopics(resources: Readonly<Record<string, unknown>>, deployment: string): void {
  const { Topics } = resources;
  if (isJsonObject(Topics)) Topics.Properties = { ...Object(Topics.Properties), [DEPLOYMENT]: deployment };
}

/**
 * Tells what is deployed from what was deployed before: another text exactly when the framework finds something to deploy.
 *
 * @param template - without what {@link checkTopics} writes
 * @param bundles - hashes of the bundles of the functions
 */
export function deploymentHash(template: object, bundles: readonly string[]): string {
  const content = JSON.stringify([normalizeCloudFormationTemplate(template), bundles]);
  return createHash('sha256').update(content).digest('hex').slice(0, HASH_DIGITS);
}

const HASH_DIGITS = 16;
