import { handler } from '../../../handlers/publish.ts';
import { httpEvent } from '../../../lib/testing/http-event.ts';
import { lambdaContext } from '../../../lib/testing/lambda-context.ts';

/** What the parent is told of a request. */
export interface Published {
  readonly statusCode: number;
  readonly body: string;
  readonly tookMs: number;
}

/** The publisher in a process of its own, as in a sandbox: each message of the parent is one request with its budget. */
process.on('message', ({ id, budgetMs }: { id: number; budgetMs: number }) => {
  void publish(id, budgetMs);
});
process.send?.('ready');

async function publish(id: number, budgetMs: number): Promise<void> {
  const data = { id, message: 'frozen and thawed', timestamp: 1_760_000_000.5 };
  const start = Date.now();
  const { statusCode, body = '' } = await handler(
    httpEvent({ body: { type: 'message.posted', id: String(id), data } }),
    lambdaContext({ remainingMs: budgetMs }),
  );
  const published: Published = { statusCode, body, tookMs: Date.now() - start };
  process.send?.(published);
}
