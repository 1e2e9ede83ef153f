import type { Serverless } from '../build/framework.ts';
import { properties } from './properties.ts';
import { kafkaEventTypes } from './property.ts';

/**
 * Makes the framework accept in its `msk` and `kafka` events what they lack of AWS::Lambda::EventSourceMapping. It checks
 * the shape only; what AWS refuses is told by `parseEventSourceMappings`, for the template and the local run alike.
 */
export function defineEventProperties(serverless: Serverless): void {
  for (const event of kafkaEventTypes) {
    const lacking = properties.filter((row) => row.schema && (row.event ?? event) === event);
    const schemas: Record<string, unknown> = Object.fromEntries(
      // The framework completes what it is handed in place.
      lacking.map(({ name, schema }) => [name, structuredClone(schema)]),
    );
    serverless.configSchemaHandler.defineFunctionEventProperties('aws', event, { properties: schemas });
  }
}
