const existing = {
  cluster: 'existing',
  clusterArn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1',
  subnets: 'subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719',
  securityGroup: 'sg-0a1b2c3d4e5f60718',
} as const;
const scram = {
  kafkaAuth: 'scram',
  scramSecret: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_app-AbCdEf',
  scramSecretKey: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-0000-0000-000000000000',
} as const;
const mtls = {
  kafkaAuth: 'mtls',
  certificateSecret: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:client-AbCdEf',
} as const;
const jwt = { auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'events' } as const;

const domain = {
  corsOrigins: 'https://shop.example,http://localhost:5173',
  domain: 'events.example.com',
  domainCertificate: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-0000-0000-0000-000000000000',
  hostedZone: 'Z0123456789ABCDEFGHIJ',
} as const;

/** A way to deploy this service. */
export interface TemplateVariant {
  readonly stage: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Variants that cover each cluster, kind of poller, authentication of clients and of requests, and kind of stage. */
export const templateVariants: Readonly<Record<string, TemplateVariant>> = {
  default: { stage: 'dev', parameters: {} },
  'on-demand': { stage: 'dev', parameters: { esm: 'on-demand' } },
  jwt: {
    stage: 'dev',
    parameters: {
      ...jwt,
      ...domain,
      jwtScopes: 'events/write',
      publisherConcurrency: '0',
      zones: 'eu-west-1a,eu-west-1b,eu-west-1c',
    },
  },
  'no authorizer': { stage: 'dev', parameters: { auth: 'none', idempotency: 'dynamodb' } },
  prod: { stage: 'prod', parameters: { alarmEmail: 'on-call@example.com' } },
  'prod on-demand jwt': { stage: 'prod', parameters: { esm: 'on-demand', ...jwt, idempotency: 'dynamodb' } },
  existing: {
    stage: 'dev',
    parameters: { ...existing, deleteTopics: 'true', topicPrefix: 'kafka-events-dev.' },
  },
  'existing on-demand': { stage: 'dev', parameters: { ...existing, esm: 'on-demand', groupSuffix: 'v-2' } },
  'existing scram': { stage: 'prod', parameters: { ...existing, ...scram } },
  'existing scram on-demand jwt': {
    stage: 'prod',
    parameters: { ...existing, ...scram, ...jwt, esm: 'on-demand' },
  },
  'existing mtls': { stage: 'prod', parameters: { ...existing, ...mtls } },
  'canary rollout': { stage: 'prod', parameters: { rollout: 'Canary10Percent10Minutes' } },
  'rollout at once': { stage: 'dev', parameters: { rollout: 'AllAtOnce' } },
  'egress aws': { stage: 'dev', parameters: { egress: 'aws' } },
  'egress internet': { stage: 'dev', parameters: { egress: 'internet' } },
  'own vpc': {
    stage: 'prod',
    parameters: { vpc: 'vpc-0a1b2c3d4e5f60718', subnets: existing.subnets },
  },
  'existing tls': {
    stage: 'dev',
    parameters: { ...existing, kafkaAuth: 'tls', brokers: 'b-1.example:9094,b-2.example:9094' },
  },
};
