import { randomUUID } from 'node:crypto';
import { abbreviated, type IndexedIssue, ServiceError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { pointerStep } from '../json-pointer.ts';
import { type Parsed, parsed, type Rejected, rejected } from '../parsed.ts';
import { type CloudEvent, isJsonMediaType, parseAttributes } from '../schema/cloud-event.ts';
import { fromStructured } from '../schema/kafka-binding.ts';
import { type CatalogueEvent, dataSchemaOf, validateEvent } from '../schema/validation.ts';
import type { HttpRequest } from './request.ts';

/** Bounds the work, and the answer, of one request; an API Gateway payload limit would let through far more. */
export const MAX_EVENTS = 500;
/**
 * Bytes of an `id` and of a `source`. Both come back in the delivery report: those of 500 events, every character escaped,
 * must stay below the 6 MB that a function may answer (AWS Lambda, "Quotas").
 */
export const MAX_IDENTITY_BYTES = 1_024;
const attributeHeader = 'ce-';
/** A URI reference to the resource that accepted the event. */
const defaultSource = '/events';

/**
 * Reads and checks every event of a `POST /events` request. Missing `id`, `source` and `time` are filled in.
 *
 * @param request - content type `application/json` (one event `{type, data, …}` or an array of them; with `ce-` headers
 *   the data of one event), `application/cloudevents+json` or `application/cloudevents-batch+json`
 * @returns the events in request order, all of them valid
 * @throws ServiceError `malformed`, `invalid_cloudevent`, `too_many_events`, `unsupported_content_type`,
 *   `unknown_event_type` or `schema_violation`; its issues name the event and the place
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md CloudEvents 1.0.2, "HTTP Protocol Binding"}
 * @see {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md CloudEvents 1.0.2, "JSON Event Format"}
 */
export function eventsInRequest(request: HttpRequest): CatalogueEvent[] {
  return allOrNothing(read(request).map((event) => (event.ok ? checked(event.value) : event)));
}

function checked(event: CloudEvent): Parsed<CatalogueEvent> {
  for (const name of ['id', 'source'] as const) {
    if (Buffer.byteLength(event.attributes[name]) > MAX_IDENTITY_BYTES) {
      return rejected('invalid_cloudevent', `/${name}`, `Must be at most ${MAX_IDENTITY_BYTES} bytes long.`);
    }
  }
  return validateEvent(withDataSchema(event));
}

function read(request: HttpRequest): Parsed<CloudEvent>[] {
  const { mediaType, contentType, headers } = request;
  switch (mediaType) {
    case 'application/cloudevents+json':
      return readStructured([bodyOf(request)]);
    case 'application/cloudevents-batch+json': {
      const batch = bodyOf(request);
      if (!Array.isArray(batch))
        throw new ServiceError('malformed', 'A batch must be a JSON array of events.');
      return readStructured(batch);
    }
  }
  if (mediaType.startsWith('application/cloudevents') || !isJsonMediaType(contentType)) {
    throw new ServiceError(
      'unsupported_content_type',
      `Content type "${abbreviated(contentType)}" is not supported; send application/json, application/cloudevents+json or ` +
        'application/cloudevents-batch+json.',
    );
  }
  const attributes = attributesIn(headers);
  if (attributes)
    return [readBinary({ ...attributes, datacontenttype: contentType }, bodyOf(request, '/data'))];
  if (mediaType !== 'application/json') {
    throw new ServiceError(
      'unsupported_content_type',
      `Content type "${abbreviated(contentType)}" needs ce- headers.`,
    );
  }
  const body = bodyOf(request);
  return readStructured(Array.isArray(body) ? body : [body], (event) =>
    withDefaults({ ...event, specversion: event.specversion ?? '1.0' }),
  );
}

function readStructured(events: readonly unknown[], complete = withDefaults): Parsed<CloudEvent>[] {
  if (events.length === 0) throw new ServiceError('malformed', 'The body holds no event.');
  if (events.length > MAX_EVENTS) {
    throw new ServiceError(
      'too_many_events',
      `The request holds ${events.length} events; send at most ${MAX_EVENTS} at a time.`,
    );
  }
  return events.map((event) => fromStructured(event, complete));
}

function readBinary(attributes: Readonly<Record<string, unknown>>, data: unknown): Parsed<CloudEvent> {
  const checked = parseAttributes(withDefaults(attributes));
  return checked.ok ? parsed({ attributes: checked.value, data }) : checked;
}

/** @param within - pointer of the body in the event; the body is the event, or an array of events, when it is empty */
function bodyOf({ body, bodyBytes }: HttpRequest, within = ''): unknown {
  const json = parseJson({ text: body, bytes: bodyBytes });
  if (json.ok) return json.value;
  const isBatch = within === '' && body.trimStart().startsWith('[');
  const issues = json.issues.flatMap(({ pointer, message }): IndexedIssue[] => {
    if (pointer === '') return [];
    const inEvent = isBatch ? pointer.replace(/^\/\d+/, '') : within + pointer;
    return [{ index: isBatch ? Number.parseInt(pointer.slice(1), 10) : 0, pointer: inEvent, message }];
  });
  throw new ServiceError(json.code, `The body cannot be read. ${json.issues[0]?.message}`, { issues });
}

function attributesIn(headers: HttpRequest['headers']): Record<string, string> | undefined {
  const entries = [...headers].filter(([name]) => name.startsWith(attributeHeader));
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([header, value]) => {
      const name = header.slice(attributeHeader.length);
      return [name, decodeHeader(name, value)];
    }),
  );
}

/** Undoes double quotes (RFC 7230, section 3.2.6), then percent-encoding: "HTTP Protocol Binding", section 3.1.3.2. */
function decodeHeader(name: string, value: string): string {
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  try {
    return decodeURIComponent(isQuoted ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value);
  } catch {
    const issue = {
      index: 0,
      pointer: pointerStep(name),
      message: 'Must be percent-encoded UTF-8.',
    };
    throw new ServiceError(
      'invalid_cloudevent',
      `The header ${attributeHeader}${abbreviated(name)} cannot be decoded.`,
      {
        issues: [issue],
      },
    );
  }
}

function withDefaults(event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { id, source, time } = event;
  return {
    ...event,
    id: id ?? randomUUID(),
    source: source ?? defaultSource,
    time: time ?? new Date().toISOString(),
  };
}

function withDataSchema({ attributes, data }: CloudEvent): CloudEvent {
  return { attributes: { dataschema: dataSchemaOf(attributes.type), ...attributes }, data };
}

/** All values, or one error that names every event that was rejected. */
function allOrNothing<Value>(results: readonly Parsed<Value>[]): Value[] {
  const rejections: [number, Rejected][] = [];
  const values: Value[] = [];
  for (const [index, result] of results.entries()) {
    if (result.ok) values.push(result.value);
    else rejections.push([index, result]);
  }
  const [first] = rejections;
  if (first === undefined) return values;
  const issues = rejections.flatMap(([index, { issues: found }]) =>
    found.map((issue): IndexedIssue => ({ index, ...issue })),
  );
  const { code } = first[1];
  const isUnreadable = rejections.every(
    ([, rejection]) => rejection.code === 'malformed' || rejection.code === 'invalid_cloudevent',
  );
  throw new ServiceError(code, summary(isUnreadable, rejections.length, results.length), { issues });
}

function summary(isUnreadable: boolean, rejections: number, total: number): string {
  const which = total === 1 ? 'The event' : `${rejections} of ${total} events`;
  return `${which} ${total === 1 ? 'is' : 'are'} not ${isUnreadable ? 'readable' : 'valid'}; nothing was sent. See errors.`;
}
