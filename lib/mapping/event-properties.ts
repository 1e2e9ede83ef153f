import type { Serverless } from '../build/framework.ts';
import { properties } from './properties.ts';
import { kafkaEventTypes } from './property.ts';

/**
 * Makes the framework accept the properties of AWS::Lambda::EventSourceMapping that its `msk` and `kafka` events lack. The
 * framework checks the shape only; `parseEventSourceMappings` reports what AWS refuses, for the template and the local run.
 */
export function defineEventProperties(serverless: Serverless): void {
  for (const event of kafkaEventTypes) {
    const lacking = properties.filter((row) => row.schema && (row.event ?? event) === event);
    const schemas: Record<string, unknown> = Object.fromEntries(
      // The framework changes the object that it is given.
      lacking.map(({ name, schema }) => [name, structuredClone(schema)]),
    );
    serverless.configSchemaHandler.defineFunctionEventProperties('aws', event, { properties: schemas });
  }
}
