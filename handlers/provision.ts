import { awsSteps } from '../lib/provision/aws-steps.ts';
import { createProvisionHandler } from '../lib/provision/provision-handler.ts';

/** The custom resource of the deployment: creates the topics and returns the bootstrap brokers, from outside the VPC. */
export const handler = createProvisionHandler(awsSteps);
