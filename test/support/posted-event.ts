import { eventually } from '../../lib/testing/eventually.ts';
import type { OfflineProcess, Ports } from './offline-process.ts';

/** An event of the catalogue, as a client posts it. */
export const postedEvent = (id: number) => ({
  type: 'message.posted',
  data: { id, message: 'hi', timestamp: 1_760_000_000.5 },
});

/** Posts one event or several to the local HTTP API. */
export async function post(
  { httpPort }: Ports,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`http://localhost:${httpPort}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: Object(await response.json()) };
}

/** Waits until the consumer has logged that many events, and returns its lines. */
export const consumed = (offline: OfflineProcess, count: number) =>
  eventually(`${count} events consumed\n${offline.output()}`, () => {
    const lines = offline.lines('event consumed');
    return lines.length >= count && lines;
  });

/** Posts the first event of a run, and expects its delivery report and the line of its consumer. */
export async function expectFirstConsumed(offline: OfflineProcess): Promise<void> {
  const { status, body } = await post(offline.ports, postedEvent(1));
  expect(status).toBe(202);
  expect(body).toEqual({ deliveries: [expect.objectContaining({ topic: 'events', offset: 0 })] });
  expect(await consumed(offline, 1)).toEqual([
    expect.objectContaining({
      topic: 'events',
      partition: expect.any(Number),
      offset: 0,
      key: '1',
      event: expect.objectContaining({ type: 'message.posted', data: postedEvent(1).data }),
    }),
  ]);
}
