import type { IndexedIssue, ServiceErrorCode } from '../errors.ts';
import type { EventData, EventTypeName } from '../schema/catalogue.ts';

/** An event to publish; the data matches its type. */
export type ClientEvent = {
  [Type in EventTypeName]: {
    readonly type: Type;
    readonly data: EventData<Type>;
    /** Default: a new one. Events with the same source and id are one event for consumers that deduplicate. */
    readonly id?: string;
    readonly subject?: string;
    /** RFC 3339; default: now. */
    readonly time?: string;
  };
}[EventTypeName];

/** What became of an event. */
export type EventDelivery = DeliveredEvent | FailedEvent;

/** An event that all in-sync replicas have. */
export interface DeliveredEvent {
  readonly status: 'delivered';
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since epoch. */
  readonly timestamp: number;
}

/** An event that is not known to be in its topic; with `delivery_unconfirmed` it may be. */
export interface FailedEvent {
  readonly status: 'failed';
  readonly id: string;
  /** `request_refused`: the service was not reached, for example because the signature is wrong. */
  readonly code: ServiceErrorCode | 'request_refused';
  readonly retriable: boolean;
  /** What is wrong, as a sentence. */
  readonly detail?: string;
  /** What is wrong with which event of the request. */
  readonly errors?: readonly IndexedIssue[];
}

/** A request before it is sent. */
export interface ClientRequest {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Returns the headers that let a request in: a signature, or a token. Called for each attempt. */
export type Authorize = (
  request: ClientRequest,
) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;

export interface EventsClientOptions {
  /** Of the HTTP API: the output HttpApiUrl of the stack, or `http://localhost:3000`. */
  readonly url: string;
  /** CloudEvents source of the events; their ids are unique within it. Default: `/events`. */
  readonly source?: string;
  /** For example `iamAuthorization(…)`, or `() => ({ authorization: 'Bearer …' })`. */
  readonly authorize?: Authorize;
  /** For each event, in all. */
  readonly attempts?: number;
  /** Milliseconds for each attempt; API Gateway answers within 30 s. */
  readonly timeoutMs?: number;
  /** Milliseconds before the second attempt, at most; they double. */
  readonly pauseMs?: number;
  readonly fetch?: typeof fetch;
}

/** An event could not be published; `failed` says why. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly failed: FailedEvent;

  constructor(failed: FailedEvent) {
    super(`${failed.code}: ${failed.detail ?? `The event ${failed.id} was not delivered.`}`);
    this.failed = failed;
  }
}

export interface EventsClient {
  /**
   * Publishes one event.
   *
   * @throws PublishError when it was not delivered
   */
  publish<Type extends EventTypeName>(
    type: Type,
    data: EventData<Type>,
    attributes?: { readonly id?: string; readonly subject?: string; readonly time?: string },
  ): Promise<DeliveredEvent>;
  /**
   * Publishes at most 500 events with one request. The service sends all or, when one is not valid, none of them.
   *
   * @returns the outcome of each, in order; throws nothing
   */
  publishAll(events: readonly ClientEvent[]): Promise<EventDelivery[]>;
}

const LONGEST_PAUSE_MS = 5_000;
const TOO_MANY_REQUESTS = 429;
const NOT_SENT: FailedEvent = { status: 'failed', id: '', code: 'request_refused', retriable: false };

/** What an attempt found out: outcomes in the order of its events, and how long the service asks to wait. */
interface Answer {
  readonly outcomes: readonly EventDelivery[];
  readonly retryAfterMs: number;
}

/** An event whose type the caller has checked. */
interface SentEvent {
  readonly type: string;
  readonly data: unknown;
  readonly id?: string;
}

type IdentifiedEvent = SentEvent & { readonly id: string };

/**
 * Creates a client of the HTTP API, for Node.js and browsers. An event keeps its id and its data in every attempt, and only
 * what can succeed later is sent again: what the service calls retriable, and requests that were not answered.
 *
 * @example
 * const client = createEventsClient({ url: 'http://localhost:3000' });
 * await client.publish('order.shipped', { orderId: '7', carrier: 'post' });
 */
export function createEventsClient(options: EventsClientOptions): EventsClient {
  const { attempts = 6, pauseMs = 200 } = options;

  const deliver = async (given: readonly SentEvent[]): Promise<EventDelivery[]> => {
    const time = new Date().toISOString();
    // A copy: what the caller does to the data meanwhile must not get into another attempt.
    const events = structuredClone(given).map((event) => ({
      time,
      ...event,
      id: event.id ?? crypto.randomUUID(),
    }));
    const deliveries = new Map<number, EventDelivery>();
    let open = events.map((event, index) => ({ event, index }));
    for (let attempt = 1; open.length > 0; attempt++) {
      const sent = open;
      const { outcomes, retryAfterMs } = await send(
        sent.map(({ event }) => event),
        options,
      );
      for (const [at, { index }] of sent.entries()) {
        const outcome = outcomes[at];
        if (outcome) deliveries.set(index, sinceBefore(deliveries.get(index), outcome));
      }
      open = sent.filter((_, at) => {
        const outcome = outcomes[at];
        return outcome?.status === 'failed' && outcome.retriable;
      });
      if (attempt >= attempts) break;
      const longest = Math.min(pauseMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      if (open.length > 0) await pause(retryAfterMs + Math.random() * longest);
    }
    return [...deliveries.values()];
  };

  return {
    publishAll: deliver,
    publish: async (type, data, attributes = {}) => {
      const [delivery = NOT_SENT] = await deliver([{ ...attributes, type, data }]);
      if (delivery.status === 'delivered') return delivery;
      throw new PublishError(delivery);
    },
  };
}

/** An event that may have been accepted by an earlier attempt stays unconfirmed until one delivers it. */
function sinceBefore(before: EventDelivery | undefined, now: EventDelivery): EventDelivery {
  const mayBeIn = before?.status === 'failed' && before.code === 'delivery_unconfirmed';
  return mayBeIn && now.status === 'failed' ? { ...now, code: 'delivery_unconfirmed', retriable: true } : now;
}

async function send(
  events: readonly IdentifiedEvent[],
  { url, source = '/events', authorize, timeoutMs = 30_000, fetch: fetchThis = fetch }: EventsClientOptions,
): Promise<Answer> {
  const request: ClientRequest = {
    method: 'POST',
    url: `${url.replace(/\/$/, '')}/events`,
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(events.map((event) => ({ specversion: '1.0', source, ...event }))),
  };
  const all = (retriable: boolean, code: FailedEvent['code'], detail: string): Answer => ({
    outcomes: events.map(({ id }) => ({ status: 'failed', id, code, retriable, detail })),
    retryAfterMs: 0,
  });
  let headers: Readonly<Record<string, string>>;
  try {
    headers = { ...request.headers, ...(await authorize?.(request)) };
  } catch (error) {
    return all(false, 'request_refused', `The request cannot be signed: ${messageOf(error)}`);
  }
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetchThis(request.url, { ...request, headers, signal });
    return answerIn(response, await response.json(), events) ?? gatewayAnswer(response.status, all);
  } catch (error) {
    return all(true, 'delivery_unconfirmed', `No answer: ${messageOf(error)}`);
  }
}

/** The delivery report, or the problem, in a response of the service. */
function answerIn(
  { headers }: Response,
  body: unknown,
  events: readonly IdentifiedEvent[],
): Answer | undefined {
  const { deliveries, detail, errors, code, retriable } = Object(body);
  const each: unknown[] = Array.isArray(deliveries) ? deliveries : [];
  const problem = { status: 'failed', code, retriable };
  const said = { ...(detail !== undefined && { detail }), ...(errors !== undefined && { errors }) };
  const outcomes = events.map(({ id }, at): unknown => {
    const own = Object(each[at]);
    return Array.isArray(deliveries) ? { status: 'delivered', ...own, ...said } : { ...problem, ...said, id };
  });
  if (!outcomes.every(isDelivery) || outcomes.some(({ id }, at) => id !== events[at]?.id)) return undefined;
  return { outcomes, retryAfterMs: Number(headers.get('retry-after') ?? 0) * 1_000 || 0 };
}

/** API Gateway answers some requests itself; from 500 on the function may have run. */
function gatewayAnswer(
  status: number,
  all: (retriable: boolean, code: FailedEvent['code'], detail: string) => Answer,
): Answer {
  const detail = `The answer has the status ${status} and no delivery report.`;
  if (status < 400 || status >= 500) return all(true, 'delivery_unconfirmed', detail);
  return all(status === TOO_MANY_REQUESTS, 'request_refused', detail);
}

function isDelivery(value: unknown): value is EventDelivery {
  const { id, status, code, retriable, topic, partition, offset } = Object(value);
  if (typeof id !== 'string') return false;
  if (status === 'failed') return typeof code === 'string' && typeof retriable === 'boolean';
  return (
    status === 'delivered' &&
    typeof topic === 'string' &&
    Number.isInteger(partition) &&
    Number.isInteger(offset)
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
