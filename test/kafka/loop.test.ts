import { eventually } from '../../lib/testing/eventually.ts';
import { freePorts, type OfflineProcess, startOffline } from '../support/offline-process.ts';
import { post, postedEvent } from '../support/posted-event.ts';
import { createKafkaNode, type KafkaNode } from './kafka-node.ts';

let node: KafkaNode;
let offline: OfflineProcess;
beforeAll(async () => {
  node = await createKafkaNode(process.env.TEST_KAFKA_VERSION ?? '');
  await node.start();
});
afterAll(() => node.remove());

const status = async ({ ports }: OfflineProcess, id: number) => (await post(ports, postedEvent(id))).status;

const consumedIds = (offline: OfflineProcess) =>
  offline.lines('event consumed').map(({ key }) => Number(key));

const consumed = (offline: OfflineProcess, ids: readonly number[]) =>
  eventually(
    `the events ${ids} are consumed\n${offline.output()}`,
    () => ids.every((id) => consumedIds(offline).includes(id)),
    30_000,
  );

afterEach(async () => {
  expect(await offline.stop('SIGINT')).toBe(0);
});

test.each([
  ['stopped', false],
  ['killed', true],
])('what is posted is consumed, also after the broker was %s and came back', async (_, abrupt) => {
  offline = startOffline(await freePorts(), { environment: { KAFKA_BROKERS: node.listeners.none } });
  await offline.started();
  expect(await status(offline, 1)).toBe(202);
  await consumed(offline, [1]);

  await node.stop({ abrupt });
  expect(await status(offline, 2)).toBe(503);
  await node.start();
  await eventually(
    `the publisher is back\n${offline.output()}`,
    async () => (await status(offline, 3)) === 202,
    60_000,
  );
  await consumed(offline, [1, 3]);
});
