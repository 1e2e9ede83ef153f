import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/** GetSecretValue of AWS Secrets Manager, as the SDK calls it. */
export interface SecretsManager {
  readonly endpoint: string;
  /** The secrets that were asked for. */
  readonly requests: string[];
  value: string;
  /** Name of the error to answer with. */
  refusal: string | undefined;
  onRead: () => void;
}

const cleanups: (() => void)[] = [];

// Registered by the import: a test that starts it need not stop it.
afterAll(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** @param value - of every secret */
export async function startSecretsManager(value: string): Promise<SecretsManager> {
  const server = createServer(async (request, response) => {
    const { SecretId } = Object(await json(request));
    secrets.requests.push(String(SecretId));
    secrets.onRead();
    response.writeHead(secrets.refusal ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify(
        secrets.refusal
          ? { __type: secrets.refusal, message: 'not authorized' }
          : { ARN: SecretId, SecretString: secrets.value },
      ),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const secrets: SecretsManager = {
    endpoint: `http://127.0.0.1:${port}`,
    requests: [],
    value,
    refusal: undefined,
    onRead: () => {},
  };
  return secrets;
}
