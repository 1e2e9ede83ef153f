import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import fc from 'fast-check';
import { mskIamToken } from '../../../../lib/kafka/msk-iam-token.ts';

const environment = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ+/=='()*!~",
};

function queryOf(token: string): URLSearchParams {
  return new URL(Buffer.from(token, 'base64url').toString()).searchParams;
}

/** What AWS's own signer makes of the same credentials at the same moment. */
async function tokenOfAws(region: string, from: Record<string, string | undefined>): Promise<string> {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = from;
  const { token } = await generateAuthTokenFromCredentialsProvider({
    region,
    awsCredentialsProvider: async () => ({
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
    }),
  });
  return token;
}

describe('mskIamToken', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: new Date('2026-03-01T12:34:56.789Z') });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([
    ['temporary credentials', environment],
    ['long-term credentials', { ...environment, AWS_SESSION_TOKEN: undefined }],
  ])('is byte for byte the token of the AWS signer for %s', async (_case, credentials) => {
    const expected = await tokenOfAws('eu-west-1', credentials);
    const userAgent = queryOf(expected).get('User-Agent') ?? '';
    expect(await mskIamToken('eu-west-1', { environment: credentials, userAgent })).toBe(expected);
  });

  test('is the token of the AWS signer for any region, credentials and time', async () => {
    const credential = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme-ascii' });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'cn-north-1'),
        fc.record({
          AWS_ACCESS_KEY_ID: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
          AWS_SECRET_ACCESS_KEY: credential,
          AWS_SESSION_TOKEN: credential,
        }),
        fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
        async (region, credentials, now) => {
          jest.setSystemTime(now);
          const expected = await tokenOfAws(region, credentials);
          const userAgent = queryOf(expected).get('User-Agent') ?? '';
          expect(await mskIamToken(region, { environment: credentials, userAgent })).toBe(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('asks for a connection, for 900 seconds', async () => {
    const query = queryOf(await mskIamToken('eu-west-1', { environment }));
    expect(Object.fromEntries(query)).toMatchObject({
      Action: 'kafka-cluster:Connect',
      'X-Amz-Expires': '900',
      'X-Amz-Date': '20260301T123456Z',
      'X-Amz-Security-Token': environment.AWS_SESSION_TOKEN,
      'User-Agent': 'serverless-kafka-events',
    });
  });

  test('is base64url without padding', async () => {
    expect(await mskIamToken('eu-west-1', { environment })).toMatch(/^[\w-]+$/);
  });

  test.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])('needs %s', async (name) => {
    await expect(
      mskIamToken('eu-west-1', { environment: { ...environment, [name]: '' } }),
    ).rejects.toMatchObject({
      code: 'configuration_error',
      message: expect.stringContaining(name),
    });
  });
});
