import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { ServiceError } from '../errors.ts';
import type { Environment } from './configuration.ts';

/** The longest life Amazon MSK accepts: Amazon MSK Developer Guide, "IAM access control". */
const TOKEN_LIFETIME_SECONDS = 900;
const userAgent = 'serverless-kafka-events';

/**
 * Signs the token that Amazon MSK accepts as a SASL/OAUTHBEARER password: a presigned `kafka-cluster:Connect` request,
 * base64url-encoded, the same as `aws-msk-iam-sasl-signer-js` of AWS makes, except for the user agent.
 *
 * @param region - AWS region of the cluster
 * @param options - `environment`: where the credentials are read (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
 *   `AWS_SESSION_TOKEN`; Lambda sets them); `signingDate`: default now
 * @throws ServiceError `configuration_error` when there are no credentials
 * @see AWS Signature Version 4, "Authenticating requests: using query parameters"
 */
export async function mskIamToken(
  region: string,
  options: { environment?: Environment; signingDate?: Date; userAgent?: string } = {},
): Promise<string> {
  const environment = options.environment ?? process.env;
  const accessKeyId = environment.AWS_ACCESS_KEY_ID;
  const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY;
  const sessionToken = environment.AWS_SESSION_TOKEN;
  if (!accessKeyId || !secretAccessKey) {
    throw new ServiceError(
      'configuration_error',
      'KAFKA_AUTH=iam needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment',
    );
  }
  const hostname = `kafka.${region}.amazonaws.com`;
  const signer = new SignatureV4({
    service: 'kafka-cluster',
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.presign(
    new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      headers: { host: hostname },
      query: { Action: 'kafka-cluster:Connect' },
    }),
    { expiresIn: TOKEN_LIFETIME_SECONDS, ...(options.signingDate && { signingDate: options.signingDate }) },
  );
  const query = Object.entries({ ...signed.query, 'User-Agent': options.userAgent ?? userAgent })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
    .join('&');
  return Buffer.from(`https://${hostname}/?${query}`).toString('base64url');
}

/** RFC 3986 encoding as AWS signs it: `encodeURIComponent` does not escape five characters that AWS escapes. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
