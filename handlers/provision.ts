import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { errorMessage } from '../lib/errors.ts';
import { lookUpBootstrapBrokers } from '../lib/kafka/bootstrap-brokers.ts';
import { isAuth, kafkaConfiguration } from '../lib/kafka/configuration.ts';
import { createLog, type Log } from '../lib/log.ts';
import {
  answerAddress,
  answerCloudFormation,
  type CustomResourceAnswer,
  customResourceRequest,
} from '../lib/provision/custom-resource.ts';
import { invokeFunction } from '../lib/provision/invoke-function.ts';
import { NOT_CREATED, type ProvisionSteps, provision } from '../lib/provision/provision.ts';
import { untilReady } from '../lib/provision/until-ready.ts';

/** Kept of the function's time for the answer, with its repetitions. */
const ANSWER_MS = 20_000;
/** From the end of the steps' time until they are left behind: one that heeds the signal can say what held it up. */
const LAST_WORD_MS = 500;

/** Between attempts at what is not ready yet. */
const PAUSE_MS = 5_000;
/** Permissions take some seconds: a minute without them is a mistake. */
const LOOKUP_ATTEMPTS = 12;
/** The network of a function takes minutes; what `topics` itself needs must remain of the time. */
const INVOCATION_ATTEMPTS = 60;

/** The steps, each given up when `signal` is aborted. */
type OpenSteps = (signal: AbortSignal) => ProvisionSteps;

type ProvisionHandler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/**
 * Creates the function behind the custom resource that provisions topics and tells the bootstrap brokers. CloudFormation
 * is always answered: also after a failure, and before the function's own time is over.
 *
 * It runs outside the VPC, where the Amazon MSK API and the URL that CloudFormation waits on can be reached, and has
 * `topics`, inside the VPC, talk to Kafka. Without a NAT gateway nothing can do both, and two functions cost nothing
 * where endpoints would be paid by the hour.
 *
 * @param open - the steps
 * @param send - performs the HTTP request to CloudFormation; `fetch` unless told
 */
export function createProvisionHandler(
  open: OpenSteps,
  log: Log = createLog(),
  send?: typeof fetch,
): ProvisionHandler {
  return async (event, context) => {
    const address = answerAddress(event);
    const outOfTime = new AbortController();
    const timeLeft = Math.max(0, context.getRemainingTimeInMillis() - ANSWER_MS);
    const timer = setTimeout(() => outOfTime.abort(), timeLeft);
    const gaveUp = once(outOfTime.signal, 'abort')
      .then(() => sleep(LAST_WORD_MS))
      .then((): never => {
        throw new Error('The time was over.');
      });
    gaveUp.catch(() => {});
    let answer: CustomResourceAnswer;
    let physicalResourceId = NOT_CREATED;
    try {
      const request = customResourceRequest(event);
      physicalResourceId = request.physicalResourceId ?? NOT_CREATED;
      answer = await Promise.race([provision(request, open(outOfTime.signal)), gaveUp]);
      log.info('provisioned', { requestType: request.requestType, ...answer });
    } catch (error) {
      log.error('provisioning failed', { error });
      answer = { status: 'FAILED', physicalResourceId, reason: errorMessage(error) };
    } finally {
      clearTimeout(timer);
    }
    await answerCloudFormation(address, answer, send);
  };
}

async function lookUp(clusterArn: string, auth: string): Promise<string> {
  if (!isAuth(auth)) throw new Error(`Auth is "${auth}"; give none, tls, scram or iam`);
  const configuration = kafkaConfiguration({ MSK_CLUSTER_ARN: clusterArn });
  const brokers = await lookUpBootstrapBrokers({ ...configuration, auth });
  return brokers.join(',');
}

/** The steps on AWS. */
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
  };
}

export const handler = createProvisionHandler((signal) => awsSteps(signal));
