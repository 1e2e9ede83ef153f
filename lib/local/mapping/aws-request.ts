import { type AwsCredentials, requestSigner, type UnsignedRequest } from '../../client/sign-request.ts';

/** Where AWS services, or an emulator, can be reached. */
export interface AwsEndpoint {
  /** For example `http://localhost:4566`, usually from AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

/** A message for an SQS queue or SNS topic, or an object for an S3 bucket. */
export interface AwsMessage {
  readonly service: 'sqs' | 'sns' | 's3';
  readonly arn: string;
  /** Key of the S3 object. */
  readonly key: string;
  readonly body: string;
}

/** Timeout of a request to a local service. */
const TIMEOUT_MS = 10_000;

/**
 * The endpoint that the environment names. Emulators accept any credentials, so there are defaults.
 *
 * @param environment - AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 * @returns undefined without AWS_ENDPOINT_URL
 */
export function awsEndpoint(
  environment: Readonly<Record<string, string | undefined>>,
): AwsEndpoint | undefined {
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } =
    environment;
  if (!AWS_ENDPOINT_URL) return undefined;
  return {
    url: AWS_ENDPOINT_URL,
    region: AWS_REGION || 'us-east-1',
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID || 'test',
      secretAccessKey: AWS_SECRET_ACCESS_KEY || 'test',
      ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
    },
  };
}

/**
 * Sends a message to an AWS service.
 *
 * @throws Error that names the service and its answer when it refuses
 * @see {@link https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html Amazon SQS API Reference, "SendMessage"}
 * @see {@link https://docs.aws.amazon.com/sns/latest/api/API_Publish.html Amazon SNS API Reference, "Publish"}
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html Amazon S3 API Reference, "PutObject"}
 */
export async function sendToAws(endpoint: AwsEndpoint, message: AwsMessage): Promise<void> {
  const { region, credentials } = endpoint;
  const sign = requestSigner({ service: message.service, region, credentials });
  const request = requestFor(endpoint, message);
  const response = await fetch(request.url, {
    method: request.method,
    headers: await sign(request),
    body: request.body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.ok) return;
  const answer = (await response.text()).slice(0, 500);
  throw new Error(
    `${message.service} at ${endpoint.url} answered ${response.status} for ${message.arn}: ${answer}`,
  );
}

function requestFor({ url }: AwsEndpoint, { service, arn, key, body }: AwsMessage): UnsignedRequest {
  const [, , , , account = '', resource = ''] = arn.split(':');
  switch (service) {
    case 'sqs':
      return {
        method: 'POST',
        url: new URL('/', url).href,
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'AmazonSQS.SendMessage',
        },
        body: JSON.stringify({ QueueUrl: new URL(`/${account}/${resource}`, url).href, MessageBody: body }),
      };
    case 'sns':
      return {
        method: 'POST',
        url: new URL('/', url).href,
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: new URLSearchParams({
          Action: 'Publish',
          Version: '2010-03-31',
          TopicArn: arn,
          Message: body,
        }).toString(),
      };
    case 's3':
      return {
        method: 'PUT',
        url: new URL(`/${resource}/${key}`, url).href,
        headers: { 'content-type': 'application/json' },
        body,
      };
  }
}
