import { createSecureContext } from 'node:tls';
import { errorMessage, ServiceError } from '../errors.ts';
import { readSecret } from './secret.ts';

/** What a client shows to brokers in the TLS handshake, as Node.js takes it. */
export interface ClientCertificate {
  /** PEM: the certificate, and what signed it. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  readonly passphrase?: string;
}

/**
 * Reads the client certificate from the secret that the event source mapping reads it from. It is read whenever connections
 * are built, and so again after brokers refused it: a rotation needs no deployment.
 *
 * @param secretArn - of a secret `{"certificate": …, "privateKey": …, "privateKeyPassword": …}`, the last of an encrypted
 *   key only
 * @throws ServiceError `configuration_error` when the secret cannot be read or holds something else
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html AWS Lambda Developer Guide, "Configuring Amazon MSK cluster authentication methods in Lambda"}
 */
export async function readClientCertificate(secretArn: string): Promise<ClientCertificate> {
  const { certificate, privateKey, privateKeyPassword } = await readSecret(secretArn);
  if (typeof certificate !== 'string' || !certificate || typeof privateKey !== 'string' || !privateKey) {
    throw new ServiceError(
      'configuration_error',
      `The secret ${secretArn} must hold {"certificate": "…", "privateKey": "…"}, both in PEM, and "privateKeyPassword" of an encrypted key`,
    );
  }
  const read = {
    cert: certificate,
    key: privateKey,
    ...(typeof privateKeyPassword === 'string' && { passphrase: privateKeyPassword }),
  };
  try {
    createSecureContext(read);
  } catch (cause) {
    throw new ServiceError(
      'configuration_error',
      `Certificate and private key of the secret ${secretArn} cannot be used: ${errorMessage(cause)}`,
      { cause },
    );
  }
  return read;
}
