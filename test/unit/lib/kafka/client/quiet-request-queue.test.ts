import RequestQueue from 'kafkajs/src/network/requestQueue';
import '../../../../../lib/kafka/client/quiet-request-queue.ts';

const silent = { debug: () => {}, warn: () => {} };

function startQueue(sent: number[]) {
  const queue = new RequestQueue({ maxInFlightRequests: null, requestTimeout: 4_000, logger: silent });
  const send = (correlationId: number) =>
    queue.push({
      entry: { correlationId, resolve: () => {}, reject: () => {} },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  return { queue, send };
}

describe('the request queue of a connection', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('wakes nobody up when all requests are answered', () => {
    const { queue, send } = startQueue([]);
    send(1);
    queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
    expect(jest.getTimerCount()).toBe(0);
  });

  test('sends what waited for a quota when the time has come', () => {
    const sent: number[] = [];
    const { queue, send } = startQueue(sent);
    queue.maybeThrottle(2_000);
    send(1);
    send(2);
    jest.advanceTimersByTime(1_000);
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(1_500);
    expect(sent).toEqual([1, 2]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
