import {
  alterConfigs,
  incrementalAlterConfigs,
} from '../../../../../../lib/local/broker/api/alter-configs.ts';
import type { EmbeddedCluster } from '../../../../../../lib/local/broker/embedded-cluster.ts';
import { callOf, testCluster } from './test-cluster.ts';

const TOPIC = 2;
const BROKER = 4;
const Operation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 };
const call = callOf(1);
let warnings: string[];
let cluster: EmbeddedCluster;

beforeEach(() => {
  ({ cluster, warnings } = testCluster());
  cluster.topics.create('topic', 1, { 'retention.ms': '1000' });
});

interface Change {
  readonly name: string;
  readonly operation?: number | undefined;
  readonly value: string | null;
}

async function alter(
  changes: readonly Change[],
  options: { type?: number; name?: string; validateOnly?: boolean } = {},
) {
  const { type = TOPIC, name = 'topic', validateOnly = false } = options;
  const all = changes.map((change) => ({ ...change, operation: change.operation ?? Operation.SET }));
  const { results } = await incrementalAlterConfigs.handle(
    cluster,
    { resources: [{ type, name, changes: all }], validateOnly },
    call,
  );
  return results[0];
}

const configs = () => cluster.topics.get('topic')?.configs;

describe('IncrementalAlterConfigs', () => {
  test.each([
    ['sets', Operation.SET, 'segment.ms', '5000', { 'retention.ms': '1000', 'segment.ms': '5000' }],
    ['deletes', Operation.DELETE, 'retention.ms', null, {}],
    ['deletes what is not set', Operation.DELETE, 'nosuch', null, { 'retention.ms': '1000' }],
    [
      'appends to the default of a list',
      Operation.APPEND,
      'cleanup.policy',
      'compact',
      { 'retention.ms': '1000', 'cleanup.policy': 'delete,compact' },
    ],
    [
      'subtracts from a list',
      Operation.SUBTRACT,
      'cleanup.policy',
      'delete',
      { 'retention.ms': '1000', 'cleanup.policy': '' },
    ],
  ])('%s', async (_, operation, name, value, expected) => {
    expect(await alter([{ name, operation, value }])).toMatchObject({ errorCode: 0, errorMessage: null });
    expect(configs()).toEqual(expected);
  });

  test('only validates when asked to', async () => {
    expect(await alter([{ name: 'segment.ms', value: '5000' }], { validateOnly: true })).toMatchObject({
      errorCode: 0,
    });
    expect(configs()).toEqual({ 'retention.ms': '1000' });
  });

  // What Apache Kafka 4.4 answers.
  test.each([
    [[{ name: 'nosuch', value: '5' }], {}, 40, 'Unknown topic config name: nosuch'],
    [
      [{ name: 'retention.ms', value: 'x' }],
      {},
      40,
      'Invalid value x for configuration retention.ms: Not a number of type LONG',
    ],
    [
      [{ name: 'retention.ms', operation: Operation.APPEND, value: '5' }],
      {},
      40,
      "Can't APPEND to key retention.ms because its type is not LIST.",
    ],
    [[{ name: 'retention.ms', value: null }], {}, 42, 'Null value not supported for : retention.ms'],
    [
      [
        { name: 'retention.ms', value: '1' },
        { name: 'retention.ms', value: '2' },
      ],
      {},
      42,
      'Error due to duplicate config keys',
    ],
    [[{ name: 'retention.ms', value: '1' }], { name: 'absent' }, 3, "The topic 'absent' does not exist."],
    [[{ name: 'retention.ms', value: '1' }], { name: '' }, 42, 'Default topic resources are not allowed.'],
    [
      [{ name: 'num.partitions', value: '1' }],
      { type: BROKER, name: '1' },
      42,
      'Cannot update these configs dynamically: [num.partitions]',
    ],
  ])('refuses %j %j', async (changes, resource, errorCode, errorMessage) => {
    expect(await alter(changes, resource)).toMatchObject({ errorCode, errorMessage });
    expect(configs()).toEqual({ 'retention.ms': '1000' });
  });

  test('says in the log what has no effect on this broker', async () => {
    await alter([
      { name: 'preallocate', value: 'true' },
      { name: 'segment.ms', value: '5000' },
    ]);
    expect(warnings).toEqual(['topic topic: preallocate stored, but without effect on the embedded broker']);
  });
});

test('AlterConfigs resets what it does not name', async () => {
  const resources = [{ type: TOPIC, name: 'topic', configs: [{ name: 'segment.ms', value: '5000' }] }];
  const { results } = await alterConfigs.handle(cluster, { resources, validateOnly: false }, call);
  expect(results).toMatchObject([{ errorCode: 0 }]);
  expect(configs()).toEqual({ 'segment.ms': '5000' });
});
