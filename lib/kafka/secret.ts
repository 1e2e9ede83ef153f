import { errorMessage, ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';

/** An endpoint that has not answered by then cannot be reached. */
const TIMEOUT_MS = 4_000;

/**
 * Reads a secret that holds a JSON object. The SDK client is loaded only here.
 *
 * @returns the object; empty when the secret holds something else
 * @throws ServiceError `configuration_error` when the secret cannot be read
 * @see {@link https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html AWS Secrets Manager API Reference, "GetSecretValue"}
 */
export async function readSecret(secretArn: string): Promise<Readonly<Record<string, unknown>>> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const [, , , region = ''] = secretArn.split(':');
  const client = new SecretsManagerClient({ region });
  try {
    const command = new GetSecretValueCommand({ SecretId: secretArn });
    const { SecretString = '' } = await client.send(command, {
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return parse(SecretString);
  } catch (cause) {
    throw new ServiceError(
      'configuration_error',
      `GetSecretValue of ${secretArn} failed: ${errorMessage(cause)}; check secretsmanager:GetSecretValue, kms:Decrypt, and that the VPC has a way to Secrets Manager`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}

/** The text is secret: an error would quote it. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
