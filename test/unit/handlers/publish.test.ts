import { handler } from '../../../handlers/publish.ts';
import { httpEvent } from '../../../lib/testing/http-event.ts';
import { lambdaContext } from '../../../lib/testing/lambda-context.ts';

test('the deployed publisher answers a request without asking for anything first', async () => {
  const { statusCode } = await handler(httpEvent({ body: 'not JSON' }), lambdaContext());
  expect(statusCode).toBe(400);
});
