import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { errorMessage } from '../errors.ts';
import { createLog, type Log } from '../log.ts';
import {
  answerAddress,
  answerCloudFormation,
  type CustomResourceAnswer,
  customResourceRequest,
} from './custom-resource.ts';
import { NOT_CREATED, type ProvisionSteps, provision } from './provision.ts';

/** Time of the function reserved for the answer and its retries. */
const ANSWER_MS = 20_000;
/** After the steps are aborted, they have this long to report the cause. */
const LAST_WORD_MS = 500;

/** Opens the steps; they stop when `signal` is aborted. */
type OpenSteps = (signal: AbortSignal) => ProvisionSteps;

type ProvisionHandler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/**
 * Creates the function behind the custom resource that creates topics and returns the bootstrap brokers. It always answers
 * CloudFormation, even after a failure, and before the function times out.
 *
 * It runs outside the VPC, where it reaches the Amazon MSK API and the URL that CloudFormation waits on. It invokes
 * `topics`, which runs inside the VPC and reaches the brokers. Without a NAT gateway no function can do both. Two
 * functions cost nothing while idle; endpoints would cost money every hour.
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
