import { MAX_FAILURE_BYTES } from '../kafka/wanted-topic.ts';
import { parameterDefaults, stackParameters } from './parameters.ts';
import { stackReferences } from './references.ts';
import { roles } from './roles.ts';

/** What the framework hands a variable that is a function. */
interface Framework {
  readonly options: { readonly param?: unknown };
  readonly resolveVariable: (variable: string) => Promise<unknown>;
}

/** Concurrent executions of a new account: Lambda Developer Guide, "Lambda quotas". */
const SMALLEST_QUOTA = 10;

/**
 * Resolves `${file(lib/stack/settings.cjs)}` in serverless.yml: the parameters of the deployment, checked, and what
 * follows from them for the fragments of the template.
 *
 * @throws ParameterError before anything is packaged or created
 */
export async function stackSettings({ options, resolveVariable }: Framework) {
  const read = async (variable: string) => String(await resolveVariable(variable));
  const stage = await read('sls:stage');
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(parameterDefaults)) given[name] = await resolveVariable(`param:${name}, ""`);
  // Names are checked as they were typed: the framework takes any.
  for (const typed of Array.isArray(options.param) ? options.param : []) {
    given[String(typed).split('=', 1)[0] ?? ''] ??= '';
  }
  const parameters = stackParameters(given, stage);

  const topic = await read('self:custom.topic');
  const names = {
    prefix: `${await read('self:service')}-${stage}`,
    topic,
    deadLetterTopic: await read('self:custom.deadLetterTopic'),
    failureTopic: await read('self:custom.failureTopic'),
    consumerGroup: await read('self:custom.consumerGroup'),
  };
  const references = stackReferences(parameters, topic);
  const { cluster, esm, auth, zones, scramSecret, protect, deleteTopics } = parameters;
  const secret = (key: string) =>
    scramSecret === '' ? '' : `{{resolve:secretsmanager:${scramSecret}:SecretString:${key}}}`;
  return {
    ...parameters,
    clusterArn: references.clusterArn,
    network: { subnetIds: references.subnetIds, securityGroupIds: references.securityGroupIds },
    mappingId: references.mappingId,
    zones: [0, 1, 2].map((index) => zones[index] ?? { 'Fn::Select': [index, { 'Fn::GetAZs': '' }] }),
    maxFailureBytes: MAX_FAILURE_BYTES,
    // Without a reservation: the smallest quota that an account can have.
    publisherBurst: parameters.publisherConcurrency || SMALLEST_QUOTA,
    reservedConcurrency: parameters.publisherConcurrency || null,
    pollerPaths: references.pollerPaths,
    roles: roles(parameters, references, names),
    // Resolved by CloudFormation at deploy time: the template never holds them.
    username: secret('username'),
    password: secret('password'),
    scramSecret: scramSecret === '' ? null : scramSecret,
    authorizer: { iam: { type: 'aws_iam' }, jwt: { name: 'jwt' }, none: null }[auth],
    authorizers:
      auth === 'jwt'
        ? {
            jwt: {
              type: 'jwt',
              identitySource: '$request.header.Authorization',
              issuerUrl: parameters.jwtIssuer,
              audience: parameters.jwtAudience,
            },
          }
        : {},
    // AWS takes such reports in provisioned mode only.
    reportBatchItemFailures: String(esm === 'provisioned'),
    endpoints: cluster === 'create' && esm === 'on-demand' ? 'lambda-and-sts' : 'none',
    subscription:
      parameters.alarmEmail === '' ? [] : [{ Protocol: 'email', Endpoint: parameters.alarmEmail }],
    onDelete: deleteTopics ? 'delete' : 'retain',
    deletionPolicy: protect ? 'RetainExceptOnCreate' : 'Delete',
    replacePolicy: protect ? 'Retain' : 'Delete',
  };
}
