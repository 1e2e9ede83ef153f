import { userInfo } from 'node:os';
import { groupOf, withLocalGroups } from '../../../../../lib/local/start/local-groups.ts';
import { parseEventSourceMappings } from '../../../../../lib/mapping/declaration.ts';

const arn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/local/00000000-0000-0000-0000-000000000000-1';
const declarations = parseEventSourceMappings(
  { consume: { events: [{ msk: { arn, topic: 'events', consumerGroupId: 'deployed' } }] } },
  { timeoutSeconds: 60 },
);
const group = (settings: { brokers: string | undefined; group: string | undefined }) =>
  withLocalGroups(declarations, settings).map(groupOf);

test.each([
  ['on the embedded broker it is as declared', undefined, undefined, 'deployed'],
  ['on a cluster it is its own', 'kafka:9092', undefined, `deployed-local-${userInfo().username}`],
  ['on a cluster it is that of the deployed function when asked', 'kafka:9092', 'shared', 'deployed'],
  ['on a cluster it is the one that was named', 'kafka:9092', 'mine', 'mine'],
])('the consumer group: %s', (_case, brokers, asked, expected) => {
  expect(group({ brokers, group: asked })).toEqual([expected]);
});
