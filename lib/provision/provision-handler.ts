import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { TOPICS_NOT_CHECKED } from '../counted-messages.ts';
import { errorMessage } from '../errors.ts';
import { createLog, type Log } from '../log.ts';
import { DESCRIBE_MS } from './aws-steps.ts';
import {
  answerAddress,
  answerCloudFormation,
  type CustomResourceAnswer,
  type CustomResourceRequest,
  customResourceRequest,
} from './custom-resource.ts';
import type { DeployedStack } from './deployed-stack.ts';
import { previousAnswer } from './previous-answer.ts';
import { NOT_CREATED, type ProvisionSteps, provision } from './provision.ts';

/** Time of the function reserved for the answer and its retries, and for the stack to be described before. */
const ANSWER_MS = 20_000 + DESCRIBE_MS;
/** After the steps are aborted, they have this long to report the cause. */
const LAST_WORD_MS = 500;

/** Opens the steps; they stop when `signal` is aborted. */
type OpenSteps = (signal: AbortSignal) => ProvisionSteps;

type ProvisionHandler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/**
 * Creates the function behind the custom resource that creates topics and returns the bootstrap brokers. It always answers
 * CloudFormation, even after a failure, and before the function times out. A deployment that changes neither cluster nor topics,
 * and a rollback, keep the previous brokers when these cannot be checked; that is logged as an error.
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
    const steps = open(outOfTime.signal);
    let answer: CustomResourceAnswer;
    let request: CustomResourceRequest | undefined;
    try {
      request = customResourceRequest(event);
      answer = await Promise.race([provision(request, steps), gaveUp]);
      log.info('provisioned', { requestType: request.requestType, ...answer });
    } catch (error) {
      const describe = () => steps.stack(address.stackId);
      answer = (request && (await keptAnswer(request, error, describe, log))) ?? failure(request, error, log);
    } finally {
      clearTimeout(timer);
    }
    await answerCloudFormation(address, answer, send);
  };
}

async function keptAnswer(
  request: CustomResourceRequest,
  error: unknown,
  describe: () => Promise<DeployedStack>,
  log: Log,
): Promise<CustomResourceAnswer | undefined> {
  try {
    const answer = await previousAnswer(request, describe);
    if (answer === undefined) return undefined;
    const advice = 'Missing topics were not created: fix the cause and run npx serverless deploy --force';
    log.error(TOPICS_NOT_CHECKED, { error, topics: request.properties.Topics, advice });
    return answer;
  } catch (cause) {
    log.warn('the previous brokers are not known', { error: cause });
    return undefined;
  }
}

function failure(request: CustomResourceRequest | undefined, error: unknown, log: Log): CustomResourceAnswer {
  log.error('provisioning failed', { error });
  const physicalResourceId = request?.physicalResourceId ?? NOT_CREATED;
  return { status: 'FAILED', physicalResourceId, reason: errorMessage(error) };
}
