import type { DataSchema, EventType } from '../../lib/schema/event-type.ts';

/** A schema with what documents write in their own way. */
const schema: DataSchema & Readonly<Record<string, unknown>> = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'urn:example:everything',
  type: 'object',
  properties: {
    id: { type: 'string', minLength: 1, sensitive: true },
    pair: { type: 'array', items: [{ type: 'string' }], minItems: 1, additionalItems: false },
    tree: { $ref: '#/definitions/tree' },
    // A name, not a keyword.
    sensitive: { type: 'boolean' },
  },
  required: ['id'],
  definitions: {
    tree: { type: 'object', properties: { below: { $ref: '#/definitions/tree' } } },
  },
  dependencies: { tree: ['pair'], pair: { required: ['tree'] } },
};

/** An event type with an unusual name and an unusual schema. */
export const everyKeyword: EventType = {
  type: 'com.example/everything said',
  topic: 'everything',
  bareRecords: true,
  revisions: [schema],
  partitionKey: (data) => String(Object(data).id),
};
