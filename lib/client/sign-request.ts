import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** Credentials of AWS, long-term or temporary. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface UnsignedRequest {
  readonly method: string;
  /** Without a query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Signs requests to a service of AWS, in Node.js and browsers.
 *
 * @param service - as in the scope of a signature, for example `execute-api`
 * @param region - AWS region of the service
 * @param credentials - or what provides them, which is asked for each request
 * @returns the headers to send, for one request; without `host`, which `fetch` sets itself
 * @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html AWS Signature Version 4, "Create a signed AWS API request"}
 */
export function requestSigner({
  service,
  region,
  credentials,
}: {
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
}): (request: UnsignedRequest) => Promise<Record<string, string>> {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
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
    const { host: _, ...rest } = signed.headers;
    return rest;
  };
}
