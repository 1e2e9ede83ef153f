import { freePorts, startOffline } from '../support/offline-process.ts';
import { consumed, post, postedEvent } from '../support/posted-event.ts';
import { startTestKafka } from '../support/test-kafka.ts';

test('KAFKA_BROKERS names a cluster to use instead, where only missing topics are created', async () => {
  const broker = await startTestKafka();
  await broker.createTopic('events', 5);
  const environment = { KAFKA_BROKERS: broker.address };
  const offline = startOffline(await freePorts(), { environment });
  await offline.started();
  expect(offline.output()).toContain(`${broker.address}  (the cluster of KAFKA_BROKERS)`);
  expect(offline.output()).toContain('created events.dlq, events.failed\n');
  expect((await post(offline.ports, postedEvent(1))).status).toBe(202);
  await consumed(offline, 1);
  expect(await offline.stop('SIGINT')).toBe(0);
});
