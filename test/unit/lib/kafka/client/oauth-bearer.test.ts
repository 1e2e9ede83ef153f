import { Kafka } from 'kafkajs';
import { KafkaJSProtocolError } from 'kafkajs/src/errors';
import { oauthBearer } from '../../../../../lib/kafka/client/oauth-bearer.ts';

const encoded = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);

/** Authenticates against a broker that gives these answers, one after the other. */
async function authenticate(answers: readonly (string | Error)[], token = async () => 'dG9rZW4') {
  const sent: Buffer[] = [];
  const { authenticate } = oauthBearer(token)({
    host: 'b-1.example',
    port: 9098,
    logger: new Kafka({ brokers: [''] }).logger(),
    saslAuthenticate: async ({ request, response }) => {
      sent.push(await request.encode());
      const answer = answers[sent.length - 1] ?? '';
      if (answer instanceof Error) throw answer;
      return response?.parse(await response.decode(encoded(answer)));
    },
  });
  const outcome = await authenticate().then(
    () => 'authenticated',
    (error: unknown) => error,
  );
  return { outcome, sent };
}

describe('SASL/OAUTHBEARER', () => {
  test('presents the token as RFC 7628 writes it', async () => {
    const { outcome, sent } = await authenticate(['']);
    expect(outcome).toBe('authenticated');
    expect(sent).toEqual([encoded('n,,\x01auth=Bearer dG9rZW4\x01\x01')]);
  });

  test('confirms a refusal, and fails with what the broker says then', async () => {
    const failed = new KafkaJSProtocolError({
      type: 'SASL_AUTHENTICATION_FAILED',
      code: 58,
      message: '{"status":"invalid_token"}',
      retriable: false,
    });
    const { outcome, sent } = await authenticate(['{"status":"invalid_token"}', failed]);
    expect(sent[1]).toEqual(encoded('\x01'));
    expect(outcome).toMatchObject({
      name: 'KafkaJSSASLAuthenticationError',
      message: '{"status":"invalid_token"}',
    });
  });

  test('fails with the refusal when the broker says no more', async () => {
    const { outcome } = await authenticate(['{"status":"invalid_token"}', '']);
    expect(outcome).toMatchObject({
      name: 'KafkaJSSASLAuthenticationError',
      message: '{"status":"invalid_token"}',
    });
  });

  test('never repeats the token, also when the broker does', async () => {
    const { outcome } = await authenticate(['what is "auth=Bearer dG9rZW4"?', '']);
    expect(outcome).toMatchObject({ message: 'what is "auth=Bearer <token>"?' });
  });

  test.each([
    ['a lost connection', new Error('Closed connection')],
    ['missing credentials', new Error('no credentials')],
  ])('leaves %s what it is', async (_, cause) => {
    expect((await authenticate([cause])).outcome).toBe(cause);
    const { outcome, sent } = await authenticate([''], () => Promise.reject(cause));
    expect(outcome).toBe(cause);
    expect(sent).toEqual([]);
  });
});
