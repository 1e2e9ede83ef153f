import type { Authorize } from './events-client.ts';
import { type AwsCredentials, requestSigner } from './sign-request.ts';

/**
 * Signs the requests of an events client for an HTTP API with `auth=iam`, in Node.js and browsers.
 *
 * @param region - AWS region of the API
 * @param credentials - or what provides them, which is asked for each request
 */
export function iamAuthorization(options: {
  readonly region: string;
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
}): Authorize {
  return requestSigner({ service: 'execute-api', ...options });
}
