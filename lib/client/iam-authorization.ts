import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Authorize } from './events-client.ts';

/** Credentials of AWS, long-term or temporary. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Signs the requests of an events client for an HTTP API with `auth=iam`, in Node.js and browsers.
 *
 * @param region - AWS region of the API
 * @param credentials - or what provides them, which is asked for each request
 * @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html AWS Signature Version 4, "Create a signed AWS API request"}
 */
export function iamAuthorization({
  region,
  credentials,
}: {
  readonly region: string;
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
}): Authorize {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const { protocol, hostname, host, port, pathname } = new URL(url);
    const signed = await signer.sign(
      new HttpRequest({
        method,
        protocol,
        hostname,
        ...(port !== '' && { port: Number(port) }),
        path: pathname,
        headers: { ...headers, host },
        body,
      }),
    );
    // A browser sets the host itself, and lets nobody else do it.
    const { host: _, ...rest } = signed.headers;
    return rest;
  };
}
