import { createHash, createHmac } from 'node:crypto';
import { iamAuthorization } from '../../../../lib/client/iam-authorization.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
const request = {
  method: 'POST',
  url: 'https://api.example.com/events',
  headers: { 'content-type': 'application/cloudevents-batch+json' },
  body: '[]',
} as const;

/** The signature as AWS Signature Version 4, "Create a signed AWS API request", has it. */
function signatureOf(headers: Readonly<Record<string, string>>): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const sign = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const [, scope = '', names = ''] =
    /Credential=AKIDEXAMPLE\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const all: Record<string, string> = { ...request.headers, ...headers, host: 'api.example.com' };
  const canonicalHeaders = names.split(';').map((name) => `${name}:${all[name]}\n`);
  const canonical = ['POST', '/events', '', canonicalHeaders.join(''), names, hash(request.body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(sign, 'AWS4secret');
  return sign(key, toSign).toString('hex');
}

test('a request is signed for the HTTP API', async () => {
  const headers = await iamAuthorization({ region: 'eu-west-1', credentials })(request);
  expect(headers.authorization).toMatch(/\/eu-west-1\/execute-api\/aws4_request/);
  expect(headers.authorization).toContain('host;');
  expect(headers.authorization).toContain(`Signature=${signatureOf(headers)}`);
  expect(headers['x-amz-security-token']).toBe('session');
  expect(headers).not.toHaveProperty('host');
});

test('credentials are asked for at each request', async () => {
  const asked = jest.fn(async () => credentials);
  const authorize = iamAuthorization({ region: 'eu-west-1', credentials: asked });
  await authorize(request);
  await authorize(request);
  expect(asked).toHaveBeenCalledTimes(2);
});
