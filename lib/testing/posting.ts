import type { PublishHandler } from '../http/publish-handler.ts';
import { httpEvent } from './http-event.ts';
import { lambdaContext } from './lambda-context.ts';

/** What `POST /events` answered. */
export interface Answer {
  readonly status: number;
  /** The delivery report, or the problem. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Posts events as a client does: one or an array, each with `type` and `data`. */
export type Post = (events: unknown) => Promise<Answer>;

/** Posts to a handler what API Gateway would pass to it. */
export function postTo(handler: PublishHandler): Post {
  return async (events) => {
    const { statusCode, body } = await handler(httpEvent({ body: events }), lambdaContext());
    return { status: statusCode, body: Object(JSON.parse(body)) };
  };
}
