import { lookUpBootstrapBrokers } from '../kafka/bootstrap-brokers.ts';
import { AUTH_FORM, isAuth, kafkaConfiguration } from '../kafka/configuration.ts';
import { deployedStack } from './deployed-stack.ts';
import { invokeFunction } from './invoke-function.ts';
import type { ProvisionSteps } from './provision.ts';
import { untilReady } from './until-ready.ts';

/** Pause between attempts. */
const PAUSE_MS = 5_000;
/** New permissions take effect within seconds. After a minute, something is wrong. */
const LOOKUP_ATTEMPTS = 12;
/** The network of a function takes minutes to start; enough time must remain for `topics` itself. */
const INVOCATION_ATTEMPTS = 60;
/** For AWS CloudFormation to describe the stack, when the other steps have failed. */
export const DESCRIBE_MS = 5_000;

async function lookUp(clusterArn: string, auth: string): Promise<string> {
  if (!isAuth(auth)) throw new Error(`Auth is "${auth}"; give ${AUTH_FORM}`);
  const configuration = kafkaConfiguration({ MSK_CLUSTER_ARN: clusterArn });
  const brokers = await lookUpBootstrapBrokers({ ...configuration, auth });
  return brokers.join(',');
}

/**
 * The steps on AWS: Amazon MSK is asked for the brokers, the function inside the VPC is invoked, and AWS CloudFormation is asked
 * about the stack.
 *
 * @param signal - ends the attempts
 * @param pauseMs - milliseconds between attempts
 */
export function awsSteps(signal: AbortSignal, pauseMs = PAUSE_MS): ProvisionSteps {
  return {
    bootstrapBrokers: (clusterArn, auth) =>
      untilReady(() => lookUp(clusterArn, auth), { attempts: LOOKUP_ATTEMPTS, pauseMs, signal }),
    topics: (functionName, request) =>
      untilReady(() => invokeFunction(functionName, request, signal), {
        attempts: INVOCATION_ATTEMPTS,
        pauseMs,
        signal,
      }),
    stack: (stackId) => deployedStack(stackId, {}, AbortSignal.timeout(DESCRIBE_MS)),
  };
}
