import type { StackParameters } from './parameters.ts';
import { getAtt, ref, type TemplatePart, type Value } from './template.ts';

const ID = 'IdempotencyTable';

/** The variable with which a consumer finds the table. */
export function idempotencyEnvironment({ idempotency }: StackParameters): Record<string, Value> {
  return idempotency === 'dynamodb' ? { IDEMPOTENCY_TABLE: ref(ID) } : {};
}

/** ARN of the table. */
export const idempotencyTableArn: Value = getAtt(ID, 'Arn');

/**
 * The table of lib/consume/idempotency-table.ts, which all consumers share. Items hold no data of events: a hash of source
 * and id, and times.
 */
export function idempotencyTable({ protect, production }: StackParameters): TemplatePart {
  return {
    Resources: {
      [ID]: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'eventKey', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'eventKey', AttributeType: 'S' }],
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
          SSESpecification: { SSEEnabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: production },
          DeletionProtectionEnabled: protect,
        },
        DeletionPolicy: protect ? 'RetainExceptOnCreate' : 'Delete',
        UpdateReplacePolicy: protect ? 'Retain' : 'Delete',
      },
    },
    Outputs: { IdempotencyTable: { Value: ref(ID) } },
  };
}
