import { issueFinders, validators } from '#validators';
import { abbreviated, type Issue, MAX_ISSUES } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { pointerStep } from '../json-pointer.ts';
import { type Parsed, parsed, type Rejected } from '../parsed.ts';
import { catalogue, type EventData, type EventTypeName } from './catalogue.ts';
import type { CloudEvent, CloudEventAttributes } from './cloud-event.ts';
import type { EventType } from './event-type.ts';

/** A checked event of the catalogue; `type` tells which one, and so narrows `data`. */
export type CatalogueEvent = {
  [Type in EventTypeName]: {
    readonly type: Type;
    readonly attributes: CloudEventAttributes & { readonly type: Type };
    readonly data: EventData<Type>;
  };
}[EventTypeName];

/** What ajv's standalone code exports: see "Standalone validation code" in its documentation. */
interface Validator {
  (data: unknown, context: object): boolean;
  readonly errors?: readonly ValidatorError[] | null;
}

interface ValidatorError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params?: { readonly missingProperty?: string };
}

/** In larger data only the first issue is looked for: a hostile megabyte could have one for each of its values. */
const MAX_VALUES_LOOKED_THROUGH = 10_000;

/** The context of what is not part of another value; ajv's code would make one for each. */
const wholeValue = {};

/** They stop at the first issue. */
const validatorByType: ReadonlyMap<string, Validator> = new Map<string, Validator>(
  Object.entries(validators),
);
/** They find all issues. */
const issueFinderByType: ReadonlyMap<string, Validator> = new Map<string, Validator>(
  Object.entries(issueFinders),
);
const eventTypeByName: ReadonlyMap<string, EventType> = new Map<string, EventType>(
  catalogue.map((eventType) => [eventType.type, eventType]),
);

/**
 * Checks that the type of an event is in the catalogue and that its data matches the newest schema of that type.
 *
 * @param event - attributes and parsed data
 * @returns the same event, typed; or `unknown_event_type`, or `schema_violation` with its first {@link MAX_ISSUES} issues
 */
export function validateEvent(event: CloudEvent): Parsed<CatalogueEvent> {
  const { type } = event.attributes;
  const validate = validatorByType.get(type);
  if (validate === undefined) {
    const known = [...validatorByType.keys()].join(', ');
    const message = `The catalogue has no event type "${abbreviated(type)}"; it has ${known}.`;
    return { ok: false, code: 'unknown_event_type', issues: [{ pointer: '/type', message }] };
  }
  const typed = { type, attributes: event.attributes, data: event.data };
  return isCatalogueEvent(typed, validate) ? parsed(typed) : violation(event, validate);
}

/** The Kafka record key of an event, which decides its partition and so its order. */
export function partitionKeyOf({ type, data }: { readonly type: string; readonly data: unknown }): string {
  const eventType = eventTypeByName.get(type);
  return (isJsonObject(data) && eventType?.partitionKey(data)) || '';
}

/** The CloudEvents `dataschema` of the events that this service publishes. */
export function dataSchemaOf(type: string): string {
  return `urn:event-schema:${type}:${eventTypeByName.get(type)?.revisions.length ?? 0}`;
}

function violation({ attributes, data, bareRecordOf }: CloudEvent, { errors: first }: Validator): Rejected {
  const find = issueFinderByType.get(attributes.type);
  const isSmall = countValues(data, MAX_VALUES_LOOKED_THROUGH) < MAX_VALUES_LOOKED_THROUGH;
  if (isSmall) find?.(data, wholeValue);
  const errors = (isSmall && find?.errors) || first || [];
  const issues = errors.slice(0, MAX_ISSUES).map(({ instancePath, keyword, params, message }): Issue => {
    const missingProperty = params?.missingProperty;
    if (keyword === 'required' && missingProperty !== undefined) {
      return { pointer: `/data${instancePath}${pointerStep(missingProperty)}`, message: 'Is missing.' };
    }
    return { pointer: `/data${instancePath}`, message: sentence(message ?? keyword) };
  });
  if (bareRecordOf !== undefined) {
    const message = `Has no ce_ headers, and so is taken for ${attributes.type}, the type of the bare records of topic ${bareRecordOf}.`;
    issues.unshift({ pointer: '', message });
  }
  return { ok: false, code: 'schema_violation', issues };
}

/** How many values are in a value, itself included; counting ends at a limit. */
function countValues(value: unknown, limit: number): number {
  let count = 1;
  if (typeof value !== 'object' || value === null) return count;
  for (const below of Object.values(value)) {
    if (count >= limit) break;
    count += countValues(below, limit - count);
  }
  return count;
}

function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}

function isCatalogueEvent(
  event: CloudEvent & { readonly type: string },
  validate: Validator,
): event is CatalogueEvent {
  return validate(event.data, wholeValue);
}
