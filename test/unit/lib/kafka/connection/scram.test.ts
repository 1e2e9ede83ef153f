import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { authenticateWithScram } from '../../../../../lib/kafka/connection/scram.ts';

const credentials = { username: 'a,p=p', password: 's3cret' };
/** The most that Kafka allows. */
const ITERATIONS = 16_384;
const SALT = Buffer.from('salt of the broker');

/** A broker that knows a password; its first answer may be something else. */
function brokerThatKnows(password: string, answer?: (nonce: string) => string) {
  const sent: string[] = [];
  let serverFirst = '';
  const sign = (key: Buffer, text: string) => createHmac('sha512', key).update(text).digest();
  const exchange = async (message: string): Promise<string> => {
    sent.push(message);
    if (sent.length === 1) {
      const nonce = message.replace(/^.*,r=/, '');
      serverFirst = answer?.(nonce) ?? `r=${nonce}more,s=${SALT.toString('base64')},i=${ITERATIONS}`;
      return serverFirst;
    }
    const salted = pbkdf2Sync(password, SALT, ITERATIONS, 64, 'sha512');
    const [withoutProof = '', proof = ''] = message.split(',p=');
    const messages = `${sent[0]?.slice('n,,'.length)},${serverFirst},${withoutProof}`;
    const clientKey = sign(salted, 'Client Key');
    const signature = sign(createHash('sha512').update(clientKey).digest(), messages);
    const expected = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    isProven = expected.toString('base64') === proof;
    return `v=${sign(sign(salted, 'Server Key'), messages).toString('base64')}`;
  };
  let isProven = false;
  return { exchange, sent, isProven: () => isProven };
}

describe('SASL/SCRAM-SHA-512', () => {
  test('proves the password without sending it, and accepts a broker that knows it', async () => {
    const { exchange, sent, isProven } = brokerThatKnows(credentials.password);
    expect(await authenticateWithScram(credentials, exchange)).toBe('');
    expect(isProven()).toBe(true);
    expect(sent[0]).toMatch(/^n,,n=a=2Cp=3Dp,r=[^,]+$/);
    expect(sent[1]).toMatch(/^c=biws,r=[^,]+more,p=[^,]+$/);
    expect(sent.join()).not.toContain(credentials.password);
  });

  test.each<[string, string, (nonce: string) => string]>([
    [
      'begins with another nonce',
      'its nonce does not begin with ours',
      (nonce) => `r=x${nonce},s=AA==,i=4096`,
    ],
    ...[
      ['too few iterations', '4095'],
      ['more iterations than Kafka allows', '16385'],
      ['half an iteration', '4096.5'],
      ['no number of iterations', 'many'],
    ].map(([what, count]): [string, string, (nonce: string) => string] => [
      `asks for ${what}`,
      `it asks for ${count} iterations; 4096 to 16384 are accepted`,
      (nonce) => `r=${nonce}x,s=AA==,i=${count}`,
    ]),
    ['says nothing of SCRAM', 'its nonce does not begin with ours', () => 'HTTP/1.1 400'],
  ])('sends no proof to a broker that %s', async (_case, reason, answer) => {
    const { exchange, sent } = brokerThatKnows(credentials.password, answer);
    expect(await authenticateWithScram(credentials, exchange)).toBe(reason);
    expect(sent).toHaveLength(1);
  });

  test('refuses a broker that does not know the password', async () => {
    const { exchange } = brokerThatKnows('another');
    expect(await authenticateWithScram(credentials, exchange)).toBe('its signature is wrong');
  });
});
