import { eventually } from '../../../lib/testing/eventually.ts';
import { freePorts, startOffline } from '../../support/offline-process.ts';
import { expectFirstConsumed } from '../../support/posted-event.ts';

test('what is posted is consumed, the mapping shows it, and Ctrl-C ends the loop cleanly', async () => {
  const offline = startOffline(await freePorts(), { flags: ['--ephemeral'] });
  await offline.started();

  await expectFirstConsumed(offline);

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
