/** "Not asked for", of the authorized operations (KIP-430). */
export const OPERATIONS_NOT_GIVEN = -(2 ** 31);

/** org.apache.kafka.common.acl.AclOperation: each is the number of a bit. */
const Operation = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
} as const;

/** The operations of each resource type. Without an authorizer every client may do all of them, as in Kafka. */
const ALLOWED = {
  cluster: bits(
    'CREATE',
    'ALTER',
    'DESCRIBE',
    'CLUSTER_ACTION',
    'DESCRIBE_CONFIGS',
    'ALTER_CONFIGS',
    'IDEMPOTENT_WRITE',
  ),
  topic: bits('READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'),
  group: bits('READ', 'DELETE', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'),
} as const;

/** The operations a client may carry out on a resource, as the bits of the answer, if it asked for them. */
export function authorizedOperations(resource: keyof typeof ALLOWED, asked: boolean): number {
  return asked ? ALLOWED[resource] : OPERATIONS_NOT_GIVEN;
}

function bits(...operations: (keyof typeof Operation)[]): number {
  return operations.reduce((sum, operation) => sum + 2 ** Operation[operation], 0);
}
