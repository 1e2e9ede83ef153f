import type { Serverless } from '../build/framework.ts';
import {
  eventRecordFormats,
  metricGroups,
  registryAccessTypes,
  systemLogLevels,
  validationAttributes,
} from './declaration.ts';

const secrets = { type: 'array', minItems: 1, items: { $ref: '#/definitions/awsSecretsManagerArnString' } };

/**
 * What the framework's `msk` and `kafka` events lack of AWS::Lambda::EventSourceMapping, as JSON Schema. Only the shape
 * is said here; what AWS refuses is told by `parseEventSourceMappings`, for the template and the local run alike.
 * Properties that the framework's `sqs`, `stream` and `kafka` events have are named and shaped as they are there.
 *
 * @example
 *   - msk:
 *       arn: arn:aws:kafka:...
 *       topic: orders
 *       provisionedPollers: { min: 1, max: 4, group: orders }
 *       functionResponseType: ReportBatchItemFailures
 *       maximumRetryAttempts: 5
 *       maximumRecordAgeInSeconds: 3600
 *       bisectBatchOnFunctionError: true
 *       onFailure: kafka://orders-failed   # or an ARN, or { arn: !GetAtt Failures.Arn, type: sqs }
 *       schemaRegistry: { uri: https://..., eventRecordFormat: JSON, validationAttributes: [VALUE] }
 *       metrics: [EventCount, ErrorCount, KafkaMetrics]
 *       logLevel: INFO
 *       tags: { team: orders }
 */
export const eventProperties = {
  functionResponseType: { enum: ['ReportBatchItemFailures'] },
  maximumRetryAttempts: { type: 'integer' },
  maximumRecordAgeInSeconds: { type: 'integer' },
  bisectBatchOnFunctionError: { type: 'boolean' },
  onFailure: {
    anyOf: [
      { type: 'string' },
      {
        type: 'object',
        properties: {
          arn: { $ref: '#/definitions/awsArn' },
          type: { enum: ['sqs', 'sns', 's3'] },
        },
        required: ['arn'],
        additionalProperties: false,
      },
    ],
  },
  provisionedPollers: {
    type: 'object',
    properties: { min: { type: 'integer' }, max: { type: 'integer' }, group: { type: 'string' } },
    additionalProperties: false,
  },
  schemaRegistry: {
    type: 'object',
    properties: {
      uri: { anyOf: [{ type: 'string' }, { $ref: '#/definitions/awsCfFunction' }] },
      eventRecordFormat: { enum: eventRecordFormats },
      accessConfigurations: {
        type: 'object',
        properties: Object.fromEntries(Object.keys(registryAccessTypes).map((name) => [name, secrets])),
        additionalProperties: false,
      },
      validationAttributes: { type: 'array', items: { enum: validationAttributes } },
    },
    additionalProperties: false,
  },
  metrics: { type: 'array', items: { enum: metricGroups } },
  logLevel: { enum: systemLogLevels },
  tags: { type: 'object', additionalProperties: { type: 'string' } },
} as const;

/** Makes the framework accept {@link eventProperties} in its `msk` and `kafka` events. */
export function defineEventProperties(serverless: Serverless): void {
  for (const event of ['msk', 'kafka']) {
    // The framework completes what it is handed in place.
    const properties = structuredClone<Record<string, unknown>>(eventProperties);
    serverless.configSchemaHandler.defineFunctionEventProperties('aws', event, { properties });
  }
}
