import { UserError } from '../errors.ts';

/** What a deployment can be told with `--param name=value`, or under `params` in serverless.yml. */
export interface StackParameters {
  readonly cluster: 'create' | 'existing';
  /** Of the existing cluster. */
  readonly clusterArn: string;
  /** Private subnets of the functions, from which the existing cluster can be reached. */
  readonly subnets: readonly string[];
  /** Of the functions; the security group of the existing cluster must let it in. */
  readonly securityGroup: string;
  /** Of the created network, three; empty: the first that the region names. */
  readonly zones: readonly string[];
  /** `host:port`, comma-separated; empty: Amazon MSK is asked. */
  readonly brokers: string;
  /** `none` is plaintext, for clusters of tests. */
  readonly kafkaAuth: 'iam' | 'scram' | 'tls' | 'none';
  /** ARN of the secret `AmazonMSK_…` with `username` and `password`. */
  readonly scramSecret: string;
  /** ARN of the KMS key of the secret; Amazon MSK takes no secret that is encrypted with the default key. */
  readonly scramSecretKey: string;
  readonly esm: 'provisioned' | 'on-demand';
  readonly auth: 'iam' | 'jwt' | 'none';
  readonly jwtIssuer: string;
  readonly jwtAudience: readonly string[];
  readonly partitions: number;
  /** 0: none is reserved. */
  readonly publisherConcurrency: number;
  /** Empty: alarms go to the SNS topic only. */
  readonly alarmEmail: string;
  readonly logRetentionDays: number;
  /** Whether `serverless remove` deletes topics of an existing cluster with their records. */
  readonly deleteTopics: boolean;
  /** Whether cluster and network outlive the stack, and the stack cannot be deleted by mistake. */
  readonly protect: boolean;
}

/** Name and default of every parameter; serverless.yml sets more for stages. */
export const parameterDefaults: Readonly<Record<keyof StackParameters, string>> = {
  cluster: 'create',
  clusterArn: '',
  subnets: '',
  securityGroup: '',
  zones: '',
  brokers: '',
  kafkaAuth: 'iam',
  scramSecret: '',
  scramSecretKey: '',
  esm: 'provisioned',
  auth: 'iam',
  jwtIssuer: '',
  jwtAudience: '',
  partitions: '3',
  publisherConcurrency: '10',
  alarmEmail: '',
  logRetentionDays: '30',
  deleteTopics: 'false',
  protect: 'false',
};

/** Parameters are missing or wrong. Has no stack, because the framework prints it. */
export class ParameterError extends UserError {
  override readonly name = 'ParameterError';

  constructor(problems: readonly string[]) {
    super(problems);
    delete this.stack;
  }
}

const clusterArnFormat = /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[^/]+\/[^/]+$/;
/** EC2 ids have 17 hexadecimal digits, old ones 8. */
const securityGroupFormat = /^sg-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const subnetsFormat = /^subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})(?:\s*,\s*subnet-(?:[0-9a-f]{8}|[0-9a-f]{17}))*$/;
const zonesFormat = /^[a-z]{2}(?:-[a-z]+)+-\d[a-z](?:\s*,\s*[a-z]{2}(?:-[a-z]+)+-\d[a-z]){2}$/;
const secretArnFormat = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:AmazonMSK_.+$/;
const keyArnFormat = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/.+$/;
/** Amazon MSK Developer Guide, "Quota for serverless clusters": created in five minutes; events, dead letters, failures. */
const MAX_PARTITIONS = 200;
/** Connections: 3,000 per serverless cluster, and as many per broker with IAM; see the arithmetic in serverless.yml. */
const MAX_CONCURRENCY = 700;
/** Amazon CloudWatch Logs API Reference, "PutRetentionPolicy". */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653];

/**
 * Checks the parameters of a deployment, before anything is created.
 *
 * @param given - value by name; empty texts count as absent
 * @param stage - `prod` refuses what would open it to everyone
 * @throws ParameterError naming every parameter that is missing, wrong, unknown or without effect
 */
export function stackParameters(given: Readonly<Record<string, unknown>>, stage: string): StackParameters {
  const problems: string[] = [];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(parameterDefaults, name)) {
      problems.push(
        `--param ${name} is not known; the parameters are ${Object.keys(parameterDefaults).join(', ')}`,
      );
    }
  }
  const read = (name: keyof StackParameters): string =>
    String(given[name] ?? '').trim() || parameterDefaults[name];
  const refuse = (name: keyof StackParameters, expected: string): void => {
    const value = read(name);
    problems.push(
      value === '' ? `--param ${name} is missing: ${expected}` : `--param ${name}=${value}: ${expected}`,
    );
  };
  const oneOf = <Choice extends string>(
    name: keyof StackParameters,
    choices: readonly [Choice, ...Choice[]],
  ): Choice => {
    const chosen = choices.find((choice) => choice === read(name));
    if (chosen === undefined) refuse(name, `give ${choices.join(' or ')}`);
    return chosen ?? choices[0];
  };
  const matching = (name: keyof StackParameters, format: RegExp, expected: string): string => {
    const value = read(name);
    if (!format.test(value)) refuse(name, expected);
    return value;
  };
  const optional = (name: keyof StackParameters, format: RegExp, expected: string): string =>
    read(name) === '' ? '' : matching(name, format, expected);
  const integer = (name: keyof StackParameters, minimum: number, maximum: number): number => {
    const value = Number(read(name));
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      refuse(name, `give a number from ${minimum} to ${maximum}`);
    }
    return value;
  };
  const list = (name: keyof StackParameters): string[] =>
    read(name)
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const onlyWith = (names: readonly (keyof StackParameters)[], condition: string): void => {
    for (const name of names) {
      if (read(name) !== parameterDefaults[name]) refuse(name, `has an effect with ${condition} only`);
    }
  };

  const cluster = oneOf('cluster', ['create', 'existing']);
  const kafkaAuth = oneOf('kafkaAuth', ['iam', 'scram', 'tls', 'none']);
  const auth = oneOf('auth', ['iam', 'jwt', 'none']);
  const esm = oneOf('esm', ['provisioned', 'on-demand']);
  if (cluster === 'existing') {
    matching('clusterArn', clusterArnFormat, 'give arn:aws:kafka:region:account:cluster/name/uuid');
    matching('securityGroup', securityGroupFormat, 'give the security group of the functions, sg-…');
    matching('subnets', subnetsFormat, 'give private subnets, subnet-…,subnet-…');
    onlyWith(['zones'], 'cluster=create');
    optional('brokers', /^[\w.-]+:\d+(\s*,\s*[\w.-]+:\d+)*$/, 'give host:port, comma-separated');
  } else {
    onlyWith(['clusterArn', 'securityGroup', 'subnets', 'brokers', 'kafkaAuth'], 'cluster=existing');
    optional('zones', zonesFormat, 'give three availability zones, comma-separated');
  }
  if (kafkaAuth === 'scram') {
    matching('scramSecret', secretArnFormat, 'give the ARN of a secret whose name begins with AmazonMSK_');
    matching('scramSecretKey', keyArnFormat, 'give the ARN of the KMS key that encrypts the secret');
  } else {
    onlyWith(['scramSecret', 'scramSecretKey'], 'kafkaAuth=scram');
  }
  if (auth === 'jwt') {
    matching('jwtIssuer', /^https:\/\/.+/, 'give the https:// URL of the issuer');
    matching('jwtAudience', /./, 'give the audiences of the tokens, comma-separated');
  } else {
    onlyWith(['jwtIssuer', 'jwtAudience'], 'auth=jwt');
  }
  if (auth === 'none' && stage === 'prod') refuse('auth', 'is refused for stage prod: give iam or jwt');
  if (kafkaAuth === 'none' && stage === 'prod')
    refuse('kafkaAuth', 'is refused for stage prod: give iam, scram or tls');
  optional('alarmEmail', /^\S+@\S+\.\S+$/, 'give an address that alarms are sent to');

  const logRetentionDays = Number(read('logRetentionDays'));
  if (!RETENTION_DAYS.includes(logRetentionDays)) {
    refuse('logRetentionDays', `give one of ${RETENTION_DAYS.join(', ')}`);
  }
  const parameters: StackParameters = {
    cluster,
    clusterArn: read('clusterArn'),
    subnets: list('subnets'),
    securityGroup: read('securityGroup'),
    zones: list('zones'),
    brokers: list('brokers').join(','),
    kafkaAuth,
    scramSecret: read('scramSecret'),
    scramSecretKey: read('scramSecretKey'),
    esm,
    auth,
    jwtIssuer: read('jwtIssuer'),
    jwtAudience: list('jwtAudience'),
    partitions: integer('partitions', 1, MAX_PARTITIONS),
    publisherConcurrency: integer('publisherConcurrency', 0, MAX_CONCURRENCY),
    alarmEmail: read('alarmEmail'),
    logRetentionDays,
    deleteTopics: oneOf('deleteTopics', ['false', 'true']) === 'true',
    protect: oneOf('protect', ['false', 'true']) === 'true',
  };
  if (problems.length > 0) throw new ParameterError(problems);
  return parameters;
}
