import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { errorMessage } from '../lib/errors.ts';
import { lookUpBootstrapBrokers } from '../lib/kafka/bootstrap-brokers.ts';
import { AUTH_FORM, isAuth, kafkaConfiguration } from '../lib/kafka/configuration.ts';
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

/** Time of the function reserved for the answer and its retries. */
const ANSWER_MS = 20_000;
/** After the steps are aborted, they have this long to report what held them up. */
const LAST_WORD_MS = 500;

/** Between attempts at what is not ready yet. */
const PAUSE_MS = 5_000;
/** New permissions take some seconds to work. After a minute without them, something is wrong. */
const LOOKUP_ATTEMPTS = 12;
/** The network of a function takes minutes to start; enough time must remain for `topics` itself. */
const INVOCATION_ATTEMPTS = 60;

/** Opens the steps; they stop when `signal` is aborted. */
type OpenSteps = (signal: AbortSignal) => ProvisionSteps;

type ProvisionHandler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/**
 * Creates the function behind the custom resource that creates topics and returns the bootstrap brokers. It always answers
 * CloudFormation, even after a failure, and before the function times out.
 *
 * It runs outside the VPC, where it reaches the Amazon MSK API and the URL that CloudFormation waits on. It invokes
 * `topics`, which runs inside the VPC and reaches the brokers. Without a NAT gateway no function can do both. Two
 * functions cost nothing while idle; endpoints would be paid by the hour.
 *
 * @param open - the steps
 * @param send - performs the HTTP request to CloudFormation; default `fetch`
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
        throw new Error('The function ran out of time.');
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
  if (!isAuth(auth)) throw new Error(`Auth is "${auth}"; give ${AUTH_FORM}`);
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
