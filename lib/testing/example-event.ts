import { UserError } from '../errors.ts';
import { catalogue, type EventData, type EventTypeName } from '../schema/catalogue.ts';
import { exampleData } from '../schema/example.ts';
import { type CatalogueEvent, validateEvent } from '../schema/validation.ts';

/**
 * A valid event of a type of the catalogue.
 *
 * @param type - of the catalogue
 * @param data - default: made from the schema of the type
 * @param attributes - of CloudEvents, beside the type; default: id `event-1`, source `/test`
 * @throws UserError when the data is not valid, or none could be made from the schema
 */
export function exampleEvent<Type extends EventTypeName>(
  type: Type,
  data?: EventData<Type>,
  attributes: Readonly<Record<string, string>> = {},
): CatalogueEvent {
  const eventType = catalogue.find((each) => each.type === type);
  const event = validateEvent({
    attributes: { specversion: '1.0', id: 'event-1', source: '/test', ...attributes, type },
    data: data ?? exampleData(eventType?.revisions.at(-1)),
  });
  if (event.ok) return event.value;
  const issues = event.issues.map(({ pointer, message }) => `${type} ${pointer}: ${message}`);
  if (data === undefined && eventType) {
    issues.push(`No valid data could be made from the schema of ${type}: give it "examples".`);
  }
  throw new UserError(issues);
}
