import { ConfigurationReader } from '../configuration-reader.ts';
import { UserError } from '../errors.ts';
import { CLUSTER_ARN_FORM, isClusterArn } from '../kafka/cluster-arn.ts';
import { POSITIONS } from './changed-mappings.ts';
import { choiceNames } from './choices.ts';
import { gatewayServices } from './gateway-services.ts';

/** A value of a parameter, and how it is read. */
interface Parameter<Value> {
  readonly default: string;
  /** What to give instead of a value that is refused. */
  readonly expected: string;
  /** Undefined refuses the text. An absent parameter without a default is the empty text. */
  readonly read: (text: string) => Value | undefined;
  /** The parameter, and its values, that give this one an effect. */
  readonly with?: readonly [name: string, ...values: string[]];
  /** Whether it is required where it has an effect. */
  readonly required?: boolean;
}

type Options = Pick<Parameter<unknown>, 'with' | 'required'>;

function oneOf<const Choice extends string>(
  choices: readonly [Choice, ...Choice[]],
  options: Options = {},
): Parameter<Choice> {
  return {
    default: choices[0],
    expected: `give ${choices.join(' or ')}`,
    read: (text) => choices.find((choice) => choice === text),
    ...options,
  };
}

function flag(): Parameter<boolean> {
  const { read, ...rest } = oneOf(['false', 'true']);
  return { ...rest, read: (text) => (read(text) === undefined ? undefined : text === 'true') };
}

function text(
  format: Pick<RegExp, 'test'>,
  expected: string,
  options: Options & { default?: string } = {},
): Parameter<string> {
  return {
    default: '',
    expected,
    read: (value) => (value === '' || format.test(value) ? value : undefined),
    ...options,
  };
}

function list(item: RegExp, expected: string, options: Options & { default?: string; length?: number } = {}) {
  const { length, ...rest } = options;
  return {
    default: '',
    expected,
    read: (value) => {
      const items = value.split(',').flatMap((each) => each.trim() || []);
      const isWhole = length === undefined || items.length === 0 || items.length === length;
      const isDistinct = new Set(items).size === items.length;
      return isWhole && isDistinct && items.every((each) => item.test(each)) ? items : undefined;
    },
    ...rest,
  } satisfies Parameter<readonly string[]>;
}

function integer(initial: number, minimum: number, maximum: number): Parameter<number> {
  return {
    default: String(initial),
    expected: `give a number from ${minimum} to ${maximum}`,
    read: (value) => {
      const number = Number(value);
      return Number.isInteger(number) && number >= minimum && number <= maximum ? number : undefined;
    },
  };
}

const existingCluster = { with: ['cluster', 'existing'] } as const;
const createdCluster = { with: ['cluster', 'create'] } as const;
const scram = { with: ['kafkaAuth', 'scram'], required: true } as const;
const mtls = { with: ['kafkaAuth', 'mtls'] } as const;
const jwt = { with: ['auth', 'jwt'], required: true } as const;

/** EC2 ids have 17 hexadecimal digits, old ones 8. */
const securityGroupFormat = /^sg-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const subnetFormat = /^subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const vpcFormat = /^vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
/** RFC 1123, section 2.1. */
const domainFormat = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const certificateArnFormat = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/.+$/;
const zoneFormat = /^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/;
const secretArnFormat = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:AmazonMSK_.+$/;
const anySecretArnFormat = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/;
const keyArnFormat = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/.+$/;
/** Enough for four subnets of 64 addresses; Amazon VPC User Guide, "VPC CIDR blocks": private ranges of RFC 1918. */
const cidrFormat = { test: isPrivateBlock };
const CIDR_FORM = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(1[6-9]|2[0-4])$/;
/** A prefix leaves room in the 249 characters of a topic name. */
const topicPrefixFormat = /^[a-zA-Z0-9._-]{1,100}$/;
/** Amazon MSK Developer Guide, "Quota for serverless clusters": created in five minutes; events, dead letters, failures. */
export const MAX_DEFAULT_PARTITIONS = 200;
/** Each publisher has up to four connections (lib/capacity/clusters.ts), of 3,000 for a serverless cluster; the rest is for others. */
export const MAX_CONCURRENCY = 700;
/** Amazon CloudWatch Logs API Reference, "PutRetentionPolicy". */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653];

/**
 * How a new version of a consumer takes over: not by an alias, or by a predefined configuration of AWS CodeDeploy. The
 * slowest, with 100 minutes, is left out: credentials of a pipeline last an hour.
 *
 * @see {@link https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html AWS CodeDeploy User Guide, "Working with deployment configurations in CodeDeploy"}: AWS Lambda compute platform
 */
export const rollouts = [
  'none',
  'AllAtOnce',
  'Canary10Percent5Minutes',
  'Canary10Percent10Minutes',
  'Canary10Percent15Minutes',
  'Canary10Percent30Minutes',
  'Linear10PercentEvery1Minute',
  'Linear10PercentEvery2Minutes',
  'Linear10PercentEvery3Minutes',
] as const;

/** The parameters of a deployment: `--param name=value`, or `params` in serverless.yml. */
const parameters = {
  cluster: oneOf(['create', 'existing']),
  clusterArn: text({ test: isClusterArn }, `give ${CLUSTER_ARN_FORM}`, {
    ...existingCluster,
    required: true,
  }),
  /** The security group of the functions. The security group of the existing cluster must allow it. */
  securityGroup: text(securityGroupFormat, 'give the security group of the functions, sg-…', {
    ...existingCluster,
    required: true,
  }),
  /** An existing VPC for the created cluster. */
  vpc: text(vpcFormat, 'give the VPC of the subnets, vpc-…', createdCluster),
  /** Private subnets of the functions: they reach the existing cluster, or belong to `vpc`. */
  subnets: list(subnetFormat, 'give private subnets, subnet-…,subnet-…'),
  vpcCidr: text(
    cidrFormat,
    'give a private CIDR block from /16 to /24 by its first address, for example 10.0.0.0/24',
    {
      ...createdCluster,
      default: '10.0.0.0/24',
    },
  ),
  zones: list(zoneFormat, 'give three different availability zones, comma-separated', {
    ...createdCluster,
    length: 3,
  }),
  /** What the functions of a created network reach besides the brokers, Amazon DynamoDB and Amazon S3. */
  egress: oneOf(['none', 'aws', 'internet'], createdCluster),
  /** With `egress=aws`: names of interface endpoints, as in `com.amazonaws.<region>.<name>`. */
  egressServices: list(
    new RegExp(`^(?!(?:${gatewayServices.join('|')})$)[a-z][a-z0-9.-]*$`),
    `give services of AWS, for example sqs,secretsmanager; ${gatewayServices.join(' and ')} are always reached`,
    { with: ['egress', 'aws'], default: 'sqs,sns,secretsmanager,kms' },
  ),
  /** `host:port`, comma-separated; absent: Amazon MSK is asked. */
  brokers: list(/^[\w.-]+:\d+$/, 'give host:port, comma-separated', existingCluster),
  /** `none` is plaintext, for test clusters. */
  kafkaAuth: oneOf(['iam', 'scram', 'mtls', 'tls', 'none'], existingCluster),
  /** Functions read it when they connect, so their VPC needs an endpoint of Secrets Manager, or NAT. */
  scramSecret: text(secretArnFormat, 'give the ARN of a secret whose name begins with AmazonMSK_', scram),
  /** Amazon MSK takes no secret that is encrypted with the default key. */
  scramSecretKey: text(keyArnFormat, 'give the ARN of the KMS key that encrypts the secret', scram),
  /** Certificate and private key; functions read it when they connect, as above. */
  certificateSecret: text(anySecretArnFormat, 'give the ARN of the secret with certificate and privateKey', {
    ...mtls,
    required: true,
  }),
  /** Absent: the secret is encrypted with the default key. */
  certificateSecretKey: text(keyArnFormat, 'give the ARN of the KMS key that encrypts the secret', mtls),
  /** Prefix of every topic name; default: none on a created cluster, `<stage>.` on an existing one that stages share. */
  topicPrefix: text(topicPrefixFormat, 'give up to 100 of a-z A-Z 0-9 . _ - (or none)'),
  esm: oneOf(['provisioned', 'on-demand']),
  /** Suffix of the consumer group ids that events do not set: another suffix starts new groups. */
  groupSuffix: text(/^[a-zA-Z0-9._-]{1,50}$/, 'give up to 50 of a-z A-Z 0-9 . _ -'),
  auth: oneOf(['iam', 'jwt', 'none']),
  jwtIssuer: text(/^https:\/\/.+/, 'give the https:// URL of the issuer', jwt),
  jwtAudience: list(/./, 'give the accepted audiences, comma-separated', jwt),
  jwtScopes: list(/^\S+$/, 'give scopes, comma-separated; a token must have one of them', {
    with: ['auth', 'jwt'],
  }),
  /** Origins whose web pages may call the API. */
  corsOrigins: list(
    /^(?:\*|https?:\/\/[^\s/]+)$/,
    'give origins, for example https://shop.example, comma-separated',
  ),
  /** A name for the API. */
  domain: text(domainFormat, 'give a domain name, for example events.example.com'),
  domainCertificate: text(certificateArnFormat, 'give the ARN of the certificate of the domain'),
  /** Absent: the record of the domain is made elsewhere. */
  hostedZone: text(/^Z[A-Z0-9]{1,31}$/, 'give the id of the hosted zone of the domain, Z…'),
  /** Partitions of each topic that does not declare its own number. */
  partitions: integer(3, 1, MAX_DEFAULT_PARTITIONS),
  /** 0: none is reserved. */
  publisherConcurrency: integer(10, 0, MAX_CONCURRENCY),
  /** Whether consumers process each event once, with a table that remembers them; in a VPC that exists it must be reachable. */
  idempotency: oneOf(['none', 'dynamodb']),
  /** How new versions of the consumers take over. */
  rollout: oneOf(rollouts),
  logLevel: oneOf(['info', 'debug', 'warn', 'error']),
  logEventData: oneOf(['all', 'none']),
  logRetentionDays: {
    default: '30',
    expected: `give one of ${RETENTION_DAYS.join(', ')}`,
    read: (value) => RETENTION_DAYS.find((days) => String(days) === value),
  } satisfies Parameter<number>,
  /** Without it, alarms go to the SNS topic only. */
  alarmEmail: text(/^\S+@\S+\.\S+$/, 'give the e-mail address for alarms'),
  /** Whether `serverless remove` deletes the topics of this stack, with their records. */
  deleteTopics: flag(),
  /** Default: every stage is production unless it is named like a development stage. */
  production: text(/^(?:true|false)$/, 'give true or false'),
  /** Whether cluster and network outlive the stack, and the stack cannot be deleted; absent: for production. */
  protect: text(/^(?:true|false)$/, 'give true or false'),
  /** Kept choices that this deployment may change: names of parameters, or `positions` of consumers. */
  allowChange: list(
    new RegExp(`^(?:${[...choiceNames, POSITIONS].join('|')})$`),
    `give names of ${[...choiceNames, POSITIONS].join(', ')}`,
  ),
};

type Name = keyof typeof parameters;
type Values = {
  readonly [N in Name]: (typeof parameters)[N] extends Parameter<infer Value> ? Value : never;
};

/** The parameters of a deployment, checked. Absent texts are empty. */
export type StackParameters = Omit<Values, 'production' | 'protect'> & {
  readonly production: boolean;
  readonly protect: boolean;
};

/** First word of the names of stages that are not production. */
const DEVELOPMENT_STAGES = ['dev', 'test', 'ci', 'local', 'sandbox', 'preview', 'pr'];

/** The deployment has parameters that are missing or wrong. */
export class ParameterError extends UserError {
  override readonly name = 'ParameterError';
}

/**
 * Checks the parameters of a deployment, before anything is created.
 *
 * @param given - value by name; empty texts count as absent
 * @param stage - its name tells production from development, unless `production` does
 * @throws ParameterError naming every parameter that is missing, wrong, unknown or without effect
 */
export function stackParameters(given: Readonly<Record<string, unknown>>, stage: string): StackParameters {
  const raw = (name: string): string =>
    String(given[name] ?? '').trim() || (isName(name) ? parameters[name].default : '');
  const reader = new ConfigurationReader(raw, (name, reason) => {
    const value = raw(name);
    return `--param ${name}${value === '' ? ' is missing' : `=${value}`}: ${reason}`;
  });
  for (const name of Object.keys(given).filter((name) => !isName(name))) {
    const known = Object.keys(parameters).join(', ');
    reader.problems.push(
      name === 'heal'
        ? '--param heal is no longer needed: every deployment creates missing topics and asks for the brokers; leave it out, and give --force where nothing else changed'
        : `--param ${name} is not known; the parameters are ${known}`,
    );
  }
  const names = Object.keys(parameters).filter(isName);
  const values = Object.fromEntries(names.map((name) => [name, read(name, reader)])) as Values;
  const production = values.production === '' ? !isDevelopment(stage) : values.production === 'true';
  refuseContradictions(values, production, reader);
  if (reader.problems.length > 0) throw new ParameterError(reader.problems);
  return {
    ...values,
    production,
    protect: values.protect === '' ? production : values.protect === 'true',
    topicPrefix: topicPrefix(values, stage),
  };
}

/** A refused value is replaced by the default until all problems are reported. */
function read(name: Name, reader: ConfigurationReader): unknown {
  const parameter: Parameter<unknown> = parameters[name];
  const value = String(reader.get(name));
  const parsed = parameter.read(value);
  const [condition, ...values] = parameter.with ?? [];
  const applies = condition === undefined || values.includes(String(reader.get(condition)));
  if (parsed === undefined || (applies && parameter.required && value === '')) {
    reader.refuse(name, parameter.expected);
  } else if (!applies && value !== parameter.default) {
    reader.refuse(name, `has an effect with ${condition}=${values.join(' or ')} only`);
  }
  return parsed ?? parameter.read(parameter.default);
}

function refuseContradictions(values: Values, production: boolean, reader: ConfigurationReader): void {
  if (production && values.auth === 'none')
    reader.refuse('auth', 'is refused for production: give iam or jwt');
  if (production && values.kafkaAuth === 'none')
    reader.refuse('kafkaAuth', 'is refused for production: give iam, scram, mtls or tls');
  const needsSubnets = values.cluster === 'existing' || values.vpc !== '';
  if (needsSubnets !== values.subnets.length > 0) {
    const elsewhere = 'has an effect with cluster=existing or vpc only';
    reader.refuse('subnets', needsSubnets ? parameters.subnets.expected : elsewhere);
  }
  refuseWithoutDomain(values, reader);
  if (values.vpc === '') return;
  for (const name of ['zones', 'vpcCidr', 'egress'] as const) {
    if (reader.get(name) !== parameters[name].default)
      reader.refuse(name, 'has no effect in an existing VPC');
  }
}

function refuseWithoutDomain({ domain, domainCertificate, hostedZone }: Values, reader: ConfigurationReader) {
  if (domain !== '' && domainCertificate === '')
    reader.refuse('domainCertificate', parameters.domainCertificate.expected);
  for (const [name, value] of Object.entries({ domainCertificate, hostedZone })) {
    if (domain === '' && value !== '') reader.refuse(name, 'has an effect with domain only');
  }
}

/** Stages that share a cluster do not share topics by default. */
function topicPrefix({ cluster, topicPrefix: given }: Values, stage: string): string {
  if (given === 'none') return '';
  return given === '' && cluster === 'existing' ? `${stage}.` : given;
}

/** The secret that functions and mappings log in to the brokers with, and its key; empty where there is none. */
export function loginSecret(parameters: StackParameters): { readonly arn: string; readonly key: string } {
  const { kafkaAuth, scramSecret, scramSecretKey, certificateSecret, certificateSecretKey } = parameters;
  return kafkaAuth === 'mtls'
    ? { arn: certificateSecret, key: certificateSecretKey }
    : { arn: scramSecret, key: scramSecretKey };
}

function isPrivateBlock(text: string): boolean {
  const [, ...parts] = (CIDR_FORM.exec(text) ?? []).map(Number);
  const [a = 256, b = 256, c = 256, d = 256, bits = 0] = parts;
  if ([a, b, c, d].some((part) => part > 255)) return false;
  const isPrivate = a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168);
  return isPrivate && (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) % 2 ** (32 - bits) === 0;
}

function isDevelopment(stage: string): boolean {
  const [word = ''] = stage.split(/[^a-z]/);
  return DEVELOPMENT_STAGES.includes(word);
}

function isName(name: string): name is Name {
  return Object.hasOwn(parameters, name);
}
