import { createHash, createHmac } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import type { Environment } from './configuration.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'kafka-cluster';
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
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html AWS Signature Version 4, "Authenticating requests: using query parameters"}
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
  const host = `kafka.${region}.amazonaws.com`;
  const time = (options.signingDate ?? new Date()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, SERVICE, 'aws4_request'];
  const signed = queryOf({
    Action: 'kafka-cluster:Connect',
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': [accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(TOKEN_LIFETIME_SECONDS),
    ...(sessionToken && { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  });
  const request = ['GET', '/', signed.join('&'), `host:${host}`, '', 'host', sha256('')].join('\n');
  const toSign = [ALGORITHM, time, scope.join('/'), sha256(request)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const unsigned = queryOf({
    'User-Agent': options.userAgent ?? userAgent,
    'X-Amz-Signature': hmac(key, toSign).toString('hex'),
  });
  const query = [...signed, ...unsigned].sort().join('&');
  return Buffer.from(`https://${host}/?${query}`).toString('base64url');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function queryOf(parameters: Readonly<Record<string, string>>): string[] {
  return Object.entries(parameters).map(([name, value]) => `${name}=${encode(value)}`);
}

/** RFC 3986 encoding as AWS signs it: `encodeURIComponent` does not escape five characters that AWS escapes. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
