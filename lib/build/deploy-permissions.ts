import { isJsonObject } from '../json.ts';

/** What the handlers of resources ask for because of properties that no variant of the stack sets, and why. */
export const notNeeded: readonly { readonly actions: RegExp; readonly because: string }[] = [
  { actions: /^iam:.*(User|Group)Policy$/, because: 'Policies belong to roles.' },
  {
    actions: /^iam:((Attach|Detach)RolePolicy|.*PermissionsBoundary)$/,
    because: 'Roles have policies of their own only.',
  },
  { actions: /^kms:/, because: 'What the deployment encrypts, it encrypts with keys of AWS.' },
  {
    actions: /^(elasticfilesystem|s3files|s3tables|kinesis|firehose|vpc-lattice|vpce):/,
    because: 'Not used.',
  },
  {
    actions:
      /^lambda:(.*CodeSigningConfig|GetLayerVersion|AssociateRuntimeAlias|PassCapacityProvider|(Put|Delete)ProvisionedConcurrencyConfig)$/,
    because: 'Functions have no signing, layers, capacity providers or provisioned concurrency.',
  },
  {
    actions: /^lambda:Put(FunctionRecursion|RuntimeManagement|FunctionScaling)Config$/,
    because: 'The defaults stand.',
  },
  {
    actions:
      /^dynamodb:(.*(Replica|Import|Item|KinesisStreamingDestination|ContributorInsights)|ImportTable|Query|Scan|(Put|Delete)ResourcePolicy)$/,
    because: 'The table has no replicas, streams or imports.',
  },
  {
    actions: /^logs:(DescribeLogStreams|CreateLogStream|PutLogEvents)$/,
    because: 'Streams are made by functions.',
  },
  {
    actions:
      /^logs:(.*KmsKey|.*(DataProtection|Index)Polic(y|ies)|.*BearerToken.*|PutLogGroupDeletionProtection)$/,
    because: 'Log groups have retention and filters only.',
  },
  {
    actions:
      /^s3:(get[A-Z].*|.*(Acl|Abac|Analytics|Accelerate|CORS|Cors|Inventory|Lifecycle|Logging|Metadata|Metrics|Notification|ObjectLock|Ownership|Replication|Tiering|Versioning|Website).*|REST.*)$/,
    because: 'The deployment bucket has encryption, a policy and tags only.',
  },
  { actions: /^s3:DeleteBucketEncryption$/, because: 'The encryption of the deployment bucket stays.' },
  {
    actions:
      /^ec2:(.*(VpnGateway|PrivateNatGateway|VpcEncryptionControl|SubnetCidrBlock|AddressTransfer|VpcTenancy)s?.*|(Associate|Disassociate)(Nat)?(Gateway)?Address|DescribeInstances)$/,
    because: 'The network has IPv4, one address and no VPN.',
  },
  { actions: /^codedeploy:RegisterOnPremisesInstance$/, because: 'Only functions are rolled out.' },
  { actions: /^sns:PutDataProtectionPolicy$/, because: 'The topic has none.' },
  { actions: /^apigateway:(Add|Remove)Certificate.*$/, because: 'Of mutual TLS on a domain.' },
  { actions: /^route53:ListHostedZones$/, because: 'The zone is given by its id.' },
];

const handlers = ['create', 'read', 'update', 'delete'];

/**
 * Compares the policy of the deploy role with what CloudFormation needs for resources.
 *
 * @param policy - with its actions one by one
 * @param types - of the resources
 * @param schemaOf - of the resource provider, with the permissions of its handlers
 * @returns one sentence for each action that is missing
 * @see {@link https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html CloudFormation CLI User Guide, "Resource type definition schema"}: handlers
 */
export function missingPermissions(
  policy: { readonly Statement: readonly { readonly Action: readonly string[] }[] },
  types: readonly string[],
  schemaOf: (type: string) => Readonly<Record<string, unknown>> | undefined,
): string[] {
  const granted = new Set(policy.Statement.flatMap(({ Action }) => Action));
  return types.flatMap((type) => {
    const needed = permissionsOf(schemaOf(type));
    if (needed.length === 0) return [`${type}: the permissions that it needs are not known`];
    return needed
      .filter((action) => !granted.has(action) && !notNeeded.some(({ actions }) => actions.test(action)))
      .map((action) => `${type} needs ${action}, which the policy of lib/stack/deploy-policy.ts lacks`);
  });
}

function permissionsOf(schema: Readonly<Record<string, unknown>> | undefined): string[] {
  const all = isJsonObject(schema?.handlers) ? schema.handlers : {};
  const permissions = handlers.flatMap((name) => {
    const handler = all[name];
    return isJsonObject(handler) && Array.isArray(handler.permissions) ? handler.permissions.map(String) : [];
  });
  return [...new Set(permissions)].sort();
}
