import { eventually } from '../../../lib/testing/eventually.ts';
import { freePorts, startOffline } from '../../support/offline-process.ts';
import { consumed, post, postedEvent } from '../../support/posted-event.ts';

jest.setTimeout(90_000);

test('what is posted is consumed, the mapping shows it, and Ctrl-C ends the loop cleanly', async () => {
  const offline = startOffline(await freePorts(), { flags: ['--ephemeral'] });
  await offline.started();

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

  const url = `http://localhost:${offline.ports.mappingPort}/2015-03-31/event-source-mappings`;
  expect(offline.output()).toContain(url);
  const mapping = await eventually('a commit', async () => {
    const { EventSourceMappings } = Object(await (await fetch(url)).json());
    return EventSourceMappings[0].Metrics.CommittedEventCount === 1 && EventSourceMappings[0];
  });
  expect(mapping).toMatchObject({
    Topics: ['events'],
    State: 'Enabled',
    LastProcessingResult: 'OK',
    Metrics: { PolledEventCount: 1, InvokedEventCount: 1, SumOffsetLag: 0 },
  });
  expect(await offline.stop('SIGINT')).toBe(0);
});
