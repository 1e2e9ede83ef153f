import type { Content } from './content.ts';
import type { RecordHeader } from './kafka/record.ts';

/** Names of the record headers that carry a trace: those of HTTP, as OpenTelemetry writes them into Kafka records. */
const traceparentHeader = 'traceparent';
const tracestateHeader = 'tracestate';
const correlationHeader = 'correlation-id';
/** What clients call it over HTTP. */
const correlationRequestHeader = 'x-correlation-id';

/**
 * W3C Trace Context, "traceparent header field values": neither version ff, nor ids of zeros alone; more fields in
 * versions after 00 only.
 */
const traceparentFormat =
  /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[!-~]*)?$/;
/** W3C Trace Context, "tracestate limits": the minimum that must be passed on. */
const tracestateFormat = /^[ -~]{1,512}$/;
const correlationFormat = /^[!-~]{1,128}$/;

/** Ties what is logged about an event, wherever it is logged. */
export interface TraceFields {
  readonly correlationId?: string;
  readonly traceparent?: string;
}

/**
 * Says which trace a request belongs to, for log lines.
 *
 * @param headers - of the request, names in lower case
 * @param requestId - correlates where the client has sent no `x-correlation-id`
 */
export function requestTrace(
  headers: ReadonlyMap<string, string>,
  requestId: string,
): TraceFields & { readonly correlationId: string } {
  const traceparent = matching(headers.get(traceparentHeader), traceparentFormat);
  return {
    correlationId: matching(headers.get(correlationRequestHeader), correlationFormat) ?? requestId,
    ...(traceparent !== undefined && { traceparent }),
  };
}

/**
 * Makes the record headers that pass the trace of a request to the consumers of its events. A header that is not well
 * formed is left out, and the consumer starts a new trace.
 *
 * @param headers - of the request, names in lower case
 * @see {@link https://www.w3.org/TR/trace-context/#mutating-the-traceparent-field W3C Trace Context, "Mutating the traceparent field"}
 * @see {@link https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ OpenTelemetry semantic conventions, "Messaging spans"}
 */
export function traceHeaders(headers: ReadonlyMap<string, string>, requestId: string): RecordHeader[] {
  const { correlationId, traceparent } = requestTrace(headers, requestId);
  const recordHeaders: RecordHeader[] = [[correlationHeader, Buffer.from(correlationId)]];
  if (traceparent === undefined) return recordHeaders;
  recordHeaders.push([traceparentHeader, Buffer.from(traceparent)]);
  const tracestate = matching(headers.get(tracestateHeader), tracestateFormat);
  if (tracestate !== undefined) recordHeaders.push([tracestateHeader, Buffer.from(tracestate)]);
  return recordHeaders;
}

/** Says which trace a record belongs to, for log lines; empty when its headers do not say. */
export function recordTrace(
  headers: readonly (readonly [name: string, value: Pick<Content, 'text'>])[],
): TraceFields {
  let correlationId: string | undefined;
  let traceparent: string | undefined;
  for (const [name, value] of headers) {
    if (name === correlationHeader) correlationId = matching(value.text, correlationFormat);
    else if (name === traceparentHeader) traceparent = matching(value.text, traceparentFormat);
  }
  return {
    ...(correlationId !== undefined && { correlationId }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

function matching(text: string | undefined, format: RegExp): string | undefined {
  return text !== undefined && format.test(text) ? text : undefined;
}
