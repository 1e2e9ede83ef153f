import { isJsonObject } from '../json.ts';
import { allow, type Properties, type Property, type Statement } from './property.ts';

// Lambda API Reference, "SourceAccessConfiguration", and Lambda Developer Guide, "Configuring Amazon MSK cluster
// authentication methods in Lambda" and "Configuring cluster authentication methods in Lambda" (self-managed).

const secretArn = { $ref: '#/definitions/awsSecretsManagerArnString' };
const secretForm = /^arn:aws[a-z-]*:secretsmanager:/;

/** SASL/SCRAM for Amazon MSK, which the framework compiles. The framework does not grant what its secret needs. */
export const saslScram512: Property<string | undefined> = {
  name: 'saslScram512',
  event: 'msk',
  read: (reader, name) => reader.text(name, secretForm, 'the ARN of a secret'),
  statements: (secret, { arn }) => [readSecret(secret), allow(['kafka:ListScramSecrets'], arn)],
};

/** Mutual TLS for Amazon MSK: the ARN of the secret with certificate and private key. */
export const clientCertificateTls: Property<string | undefined> = {
  name: 'clientCertificateTls',
  event: 'msk',
  schema: secretArn,
  read: (reader, name) => {
    const secret = reader.text(name, secretForm, 'the ARN of a secret');
    if (secret !== undefined && reader.get('saslScram512') !== undefined) {
      reader.refuse(name, 'is another way to authenticate than saslScram512: keep one of them');
    }
    return secret;
  },
  template: (secret) => ({
    SourceAccessConfigurations: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: secret }],
  }),
  statements: (secret) => [readSecret(secret)],
};

/** Secrets of a self-managed cluster, which the framework compiles. */
export const accessConfigurations: Property<undefined> = {
  name: 'accessConfigurations',
  event: 'kafka',
  read: () => undefined,
  statements: (written) => {
    const secrets = Object.entries(isJsonObject(written) ? written : {})
      .filter(([name]) => !name.startsWith('vpc'))
      .flatMap(([, uris]) => uris);
    return secrets.length === 0 ? [] : [readSecret(...secrets)];
  },
};

/** What each way to authenticate takes: serverless.yml's name and AWS's type of the value. */
const values = {
  secret: 'OAUTHBEARER_AUTH',
  scope: 'OAUTHBEARER_SCOPE',
  audience: 'OAUTHBEARER_AUDIENCE',
  logicalCluster: 'OAUTHBEARER_LOGICAL_CLUSTER',
  identityPool: 'OAUTHBEARER_IDENTITY_POOL',
} as const;
const authenticationTypes = ['OAUTHBEARER_AUTH', 'IAM_OAUTHBEARER_AUTH', 'IAM_AUTH'] as const;
const allowed = {
  OAUTHBEARER_AUTH: Object.keys(values),
  IAM_OAUTHBEARER_AUTH: ['audience'],
  IAM_AUTH: [],
} as const satisfies Record<(typeof authenticationTypes)[number], readonly string[]>;
const required = { OAUTHBEARER_AUTH: 'secret', IAM_OAUTHBEARER_AUTH: 'audience', IAM_AUTH: undefined };

/** Lambda API Reference, "SourceAccessConfiguration": `URI`. */
const uriForm = /^[ a-zA-Z0-9\-/*:_+=.@]{1,200}$/;

/** OAuth and IAM for a self-managed cluster, which the framework's `accessConfigurations` lacks. */
export const authentication: Property<undefined> = {
  name: 'authentication',
  event: 'kafka',
  schema: {
    type: 'object',
    properties: {
      type: { enum: authenticationTypes },
      ...Object.fromEntries(Object.keys(values).map((name) => [name, { type: 'string' }])),
      secret: secretArn,
    },
    required: ['type'],
    additionalProperties: false,
  },
  read: (reader, name) => {
    const written = reader.child(name, ['type', ...Object.keys(values)]);
    const type = written?.oneOf('type', authenticationTypes);
    if (written === undefined || type === undefined) return undefined;
    for (const value of Object.keys(values)) {
      const [form, description] =
        value === 'secret'
          ? ([secretForm, 'the ARN of a secret'] as const)
          : ([uriForm, '1 to 200 of a-z A-Z 0-9 - / * : _ + = . @ and blanks'] as const);
      const given = written.text(value, form, description);
      const takes: readonly string[] = allowed[type];
      if (given !== undefined && !takes.includes(value)) written.refuse(value, `does not belong to ${type}`);
    }
    const missing = required[type];
    if (missing !== undefined && written.get(missing) === undefined) {
      written.refuse(missing, `is required with ${type}`);
    }
    return undefined;
  },
  template: (written) => {
    if (!isJsonObject(written)) return {};
    const given = Object.entries(values).flatMap(([name, Type]) =>
      written[name] === undefined ? [] : [{ Type, URI: written[name] }],
    );
    const own = written.type === 'OAUTHBEARER_AUTH' ? [] : [{ Type: written.type }];
    return { SourceAccessConfigurations: [...own, ...given] };
  },
  statements: (written) => authenticationStatements(isJsonObject(written) ? written : {}),
};

function authenticationStatements({ type, secret }: Properties): Statement[] {
  if (secret !== undefined) return [readSecret(secret)];
  // The token is issued to the role itself, so the action knows no resources.
  return type === 'IAM_OAUTHBEARER_AUTH' ? [allow(['sts:GetWebIdentityToken'], '*')] : [];
}

function readSecret(...secrets: unknown[]): Statement {
  return allow(['secretsmanager:GetSecretValue'], ...secrets);
}
