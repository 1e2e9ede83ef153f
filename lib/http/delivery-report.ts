import type { ServiceError } from '../errors.ts';
import type { Delivery } from '../kafka/producer/producer.ts';
import type { CloudEventAttributes } from '../schema/cloud-event.ts';
import type { CatalogueEvent } from '../schema/validation.ts';
import { type HttpResponse, problemResponse, proxyResponse } from './response.ts';

/** An event on its way to a topic. */
export interface OutgoingEvent {
  readonly event: CatalogueEvent;
  /** As it is named on the cluster. */
  readonly topic: string;
}

/** What a report says about an event, beside its outcome. */
export interface ReportedEvent {
  readonly event: { readonly attributes: Pick<CloudEventAttributes, 'id' | 'source' | 'type'> };
  readonly topic: string;
}

/** Which failure a request reports when all of its events failed: an event that may have been accepted comes first. */
const gravest = ['delivery_unconfirmed', 'configuration_error', 'internal_error', 'record_too_large'];

/**
 * Reports the outcome of each event, in request order: 202 when the broker acknowledged all of them, 207 when it
 * acknowledged some, a problem when it acknowledged none. The problem names the events as well, because a client that
 * sends them again needs their ids.
 *
 * @param outgoing - in request order
 * @param deliveries - one per event, same order
 * @param requestId - ties a problem to the log
 */
export function deliveryReport(
  outgoing: readonly ReportedEvent[],
  deliveries: readonly Delivery[],
  requestId: string,
): HttpResponse {
  const errors = deliveries.flatMap((delivery) => (delivery.status === 'failed' ? [delivery.error] : []));
  const [first] = errors;
  const report = outgoing.map(({ event: { attributes }, topic }, index) => {
    const { id, source, type } = attributes;
    const delivery = deliveries[index];
    const place = { id, source, type, topic };
    if (delivery?.status === 'delivered') {
      const { partition, offset, timestamp } = delivery;
      const item = { ...place, partition, offset: Number(offset), timestamp };
      return first === undefined ? item : { ...item, status: 'delivered' };
    }
    const { code = 'internal_error', retriable = false } = delivery?.error ?? {};
    return { ...place, status: 'failed', code, retriable };
  });
  if (first === undefined) return proxyResponse(202, { deliveries: report });
  if (errors.length < deliveries.length) return proxyResponse(207, { deliveries: report });
  return problemResponse(spokesman(errors, first), requestId, { deliveries: report });
}

function spokesman(errors: readonly ServiceError[], fallback: ServiceError): ServiceError {
  for (const code of gravest) {
    const error = errors.find((candidate) => candidate.code === code);
    if (error) return error;
  }
  return fallback;
}
