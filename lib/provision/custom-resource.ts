import { errorMessage } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { retry } from '../retry.ts';

/** A request of CloudFormation to a custom resource. */
export interface CustomResourceRequest {
  readonly requestType: 'Create' | 'Update' | 'Delete';
  /** Absent with `Create`. */
  readonly physicalResourceId: string | undefined;
  /** CloudFormation turns every number and boolean into a string. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Before an `Update`; else empty. */
  readonly oldProperties: Readonly<Record<string, unknown>>;
}

/** Where and under which ids CloudFormation waits for the answer. */
export interface AnswerAddress {
  readonly url: string;
  readonly stackId: string;
  readonly requestId: string;
  readonly logicalResourceId: string;
}

/** The answer to CloudFormation. */
export type CustomResourceAnswer =
  | { readonly status: 'SUCCESS'; readonly physicalResourceId: string; readonly data: Record<string, string> }
  | { readonly status: 'FAILED'; readonly physicalResourceId: string; readonly reason: string };

/** CloudFormation User Guide, "Custom resource response objects": the whole answer has at most 4096 bytes. */
const MAX_REASON_CHARACTERS = 1_000;
const ATTEMPTS = 4;
const PAUSE_MS = 500;
/** Timeout of the presigned PUT. */
const ATTEMPT_TIMEOUT_MS = 4_000;

/**
 * Finds where to answer. It runs first, so that problems with the rest of the request can be answered.
 *
 * @param event - what the function received
 * @throws Error when the event does not say where to answer
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html CloudFormation User Guide, "Custom resource request objects"}
 */
export function answerAddress(event: unknown): AnswerAddress {
  if (isJsonObject(event)) {
    const { ResponseURL: url, StackId: stackId, RequestId: requestId, LogicalResourceId: id } = event;
    if (
      typeof url === 'string' &&
      typeof stackId === 'string' &&
      typeof requestId === 'string' &&
      typeof id === 'string'
    ) {
      return { url, stackId, requestId, logicalResourceId: id };
    }
  }
  throw new Error(
    'The event is not a CloudFormation custom resource request: it has no ResponseURL to answer.',
  );
}

/**
 * Reads the request of a custom resource.
 *
 * @throws Error that names the problem
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html CloudFormation User Guide, "Custom resource request objects"}
 */
export function customResourceRequest(event: unknown): CustomResourceRequest {
  const { RequestType, PhysicalResourceId, ResourceProperties, OldResourceProperties } = isJsonObject(event)
    ? event
    : {};
  if (RequestType !== 'Create' && RequestType !== 'Update' && RequestType !== 'Delete') {
    throw new Error(`RequestType is "${RequestType}"; CloudFormation sends Create, Update or Delete`);
  }
  return {
    requestType: RequestType,
    physicalResourceId: typeof PhysicalResourceId === 'string' ? PhysicalResourceId : undefined,
    properties: isJsonObject(ResourceProperties) ? ResourceProperties : {},
    oldProperties: isJsonObject(OldResourceProperties) ? OldResourceProperties : {},
  };
}

/**
 * Sends the outcome to CloudFormation, and retries when the network fails: without an answer the stack hangs until
 * `ServiceTimeout`.
 *
 * @param send - performs the HTTP request; default `fetch`
 * @throws Error when every attempt failed; Lambda then invokes the function again
 * @see {@link https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html CloudFormation User Guide, "Custom resource response objects"}
 */
export async function answerCloudFormation(
  address: AnswerAddress,
  answer: CustomResourceAnswer,
  send: typeof fetch = fetch,
): Promise<void> {
  const body = JSON.stringify({
    Status: answer.status,
    PhysicalResourceId: answer.physicalResourceId,
    StackId: address.stackId,
    RequestId: address.requestId,
    LogicalResourceId: address.logicalResourceId,
    ...(answer.status === 'SUCCESS'
      ? { Data: answer.data }
      : { Reason: answer.reason.slice(0, MAX_REASON_CHARACTERS) }),
  });
  const put = async (): Promise<void> => {
    // The URL is signed for an empty content type.
    const response = await send(address.url, {
      method: 'PUT',
      headers: { 'content-type': '' },
      body: Buffer.from(body),
      signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  };
  await retry(put, { attempts: ATTEMPTS, pauseMs: (attempts) => PAUSE_MS * attempts }).catch((cause) => {
    // The message leaves out the URL, because it is a credential.
    throw new Error(`CloudFormation did not accept the answer: ${errorMessage(cause)}`, { cause });
  });
}
