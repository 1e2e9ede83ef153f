import { describeCluster } from '../../../../../../lib/local/broker/api/describe-cluster.ts';
import { describeConfigs } from '../../../../../../lib/local/broker/api/describe-configs.ts';
import { describeLogDirs } from '../../../../../../lib/local/broker/api/describe-log-dirs.ts';
import { fetch } from '../../../../../../lib/local/broker/api/fetch.ts';
import { findCoordinator } from '../../../../../../lib/local/broker/api/find-coordinator.ts';
import { describeGroups, listGroups } from '../../../../../../lib/local/broker/api/group-administration.ts';
import { initProducerId } from '../../../../../../lib/local/broker/api/init-producer-id.ts';
import { listOffsets } from '../../../../../../lib/local/broker/api/list-offsets.ts';
import { metadata } from '../../../../../../lib/local/broker/api/metadata.ts';
import { offsetFetch } from '../../../../../../lib/local/broker/api/offsets.ts';
import { createTopics, deleteTopics } from '../../../../../../lib/local/broker/api/topics.ts';
import type { EmbeddedCluster } from '../../../../../../lib/local/broker/embedded-cluster.ts';
import { NO_UUID } from '../../../../../../lib/local/broker/wire/schema.ts';
import { callOf, testCluster } from './test-cluster.ts';

const UNKNOWN_ID = '00000000-0000-0001-0000-000000000002';
const OPERATIONS_NOT_GIVEN = -(2 ** 31);
let cluster: EmbeddedCluster;

beforeEach(() => {
  ({ cluster } = testCluster());
});

function askMetadata(topics: { id: string; name: string | null }[] | null, operations = false) {
  const request = {
    topics,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: operations,
    includeTopicAuthorizedOperations: operations,
  };
  return metadata.handle(cluster, request, callOf(12));
}

describe('the id of a topic', () => {
  test('is told when it is created, described and listed, and finds it', async () => {
    const topic = { name: 'topic', partitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    const request = { topics: [topic], timeoutMs: 0, validateOnly: false };
    const created = await createTopics.handle(cluster, request, callOf(7));
    const id = created.topics[0]?.id ?? '';
    expect(id).not.toBe(NO_UUID);
    expect((await askMetadata(null)).topics).toMatchObject([{ id, name: 'topic' }]);
    // The Java client leaves the name empty, others send null.
    for (const name of ['', null]) {
      expect((await askMetadata([{ id, name }])).topics).toMatchObject([{ id, name: 'topic', errorCode: 0 }]);
    }
  });

  test('that nobody has is UNKNOWN_TOPIC_ID', async () => {
    expect((await askMetadata([{ id: UNKNOWN_ID, name: null }])).topics).toMatchObject([
      { id: UNKNOWN_ID, errorCode: 100 },
    ]);
    const wanted = { names: [], topics: [{ id: UNKNOWN_ID, name: null }], timeoutMs: 0 };
    expect((await deleteTopics.handle(cluster, wanted, callOf(6))).topics).toMatchObject([
      { errorCode: 100, errorMessage: 'This server does not host this topic ID.' },
    ]);
  });

  test('deletes its topic, and does not come back with the name', async () => {
    const { id } = cluster.topics.create('topic', 1);
    const wanted = { names: [], topics: [{ id, name: null }], timeoutMs: 0 };
    const { topics } = await deleteTopics.handle(cluster, wanted, callOf(6));
    expect(topics).toEqual([{ name: 'topic', id, errorCode: 0, errorMessage: null }]);
    expect(cluster.topics.create('topic', 1).id).not.toBe(id);
  });

  test.each([
    ['of the topic', 0],
    ['that nobody has', 100],
  ])('%s in a Fetch gives the error code %i', async (_, errorCode) => {
    const { id } = cluster.topics.create('topic', 1);
    const partition = {
      index: 0,
      currentLeaderEpoch: -1,
      fetchOffset: 0,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
    };
    const topic = {
      name: '',
      id: errorCode === 0 ? id : UNKNOWN_ID,
      partitions: [{ ...partition, maxBytes: 1000 }],
    };
    const request = { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 1000, isolationLevel: 0 };
    const session = { sessionId: 0, sessionEpoch: -1, forgottenTopics: [], rackId: '' };
    const answer = await fetch.handle(cluster, { ...request, ...session, topics: [topic] }, callOf(13));
    expect(answer.topics).toMatchObject([{ id: topic.id, partitions: [{ index: 0, errorCode }] }]);
  });
});

test('authorized operations are told when they are asked for', async () => {
  cluster.topics.create('topic', 1);
  const { clusterAuthorizedOperations, topics } = await askMetadata(null, true);
  // The bits that Apache Kafka 4.4 sets when it has no authorizer.
  expect(clusterAuthorizedOperations).toBe(0b1_1111_1010_0000);
  expect(topics[0]?.authorizedOperations).toBe(0b1101_1111_1000);
  expect((await askMetadata(null)).clusterAuthorizedOperations).toBe(OPERATIONS_NOT_GIVEN);
});

describe('DescribeCluster', () => {
  const request = { includeAuthorizedOperations: false, includeFencedBrokers: false };

  test('tells of brokers, none of them fenced', async () => {
    const answer = await describeCluster.handle(cluster, { ...request, endpointType: 1 }, callOf(2));
    expect(answer).toMatchObject({
      errorCode: 0,
      endpointType: 1,
      brokers: [{ nodeId: 1, isFenced: false }],
    });
  });

  test('has no controllers to tell of', async () => {
    const answer = await describeCluster.handle(cluster, { ...request, endpointType: 2 }, callOf(1));
    expect(answer).toMatchObject({ errorCode: 114, brokers: [] });
  });
});

test('FindCoordinator answers for many groups at once', async () => {
  const request = { key: '', keyType: 0, keys: ['a', 'b'] };
  const { coordinators } = await findCoordinator.handle(cluster, request, callOf(4));
  expect(coordinators).toMatchObject([
    { key: 'a', nodeId: 1, port: 9092, errorCode: 0 },
    { key: 'b', nodeId: 1, port: 9092, errorCode: 0 },
  ]);
});

test('OffsetFetch answers for many groups at once, with an empty string where there is no metadata', async () => {
  cluster.groups.offsets.commit('a', [
    { topic: 'topic', partition: 0, offset: 5, leaderEpoch: 0, metadata: null },
  ]);
  const group = { memberId: null, memberEpoch: -1 };
  const groups = [
    { ...group, groupId: 'a', topics: null },
    { ...group, groupId: 'b', topics: [{ name: 'topic', partitions: [0] }] },
  ];
  const request = { groupId: '', topics: [], groups, requireStable: false };
  const answer = await offsetFetch.handle(cluster, request, callOf(8));
  expect(answer.groups).toMatchObject([
    { groupId: 'a', topics: [{ name: 'topic', partitions: [{ index: 0, offset: 5, metadata: '' }] }] },
    { groupId: 'b', topics: [{ name: 'topic', partitions: [{ index: 0, offset: -1, metadata: '' }] }] },
  ]);
});

describe('groups', () => {
  beforeEach(() => {
    cluster.groups.offsets.commit('a', [
      { topic: 'topic', partition: 0, offset: 5, leaderEpoch: 0, metadata: null },
    ]);
  });

  test.each([
    [{ statesFilter: ['empty'], typesFilter: [] }, ['a']],
    [{ statesFilter: ['Stable'], typesFilter: [] }, []],
    [{ statesFilter: [], typesFilter: ['classic'] }, ['a']],
    [{ statesFilter: [], typesFilter: ['consumer'] }, []],
  ])('are listed with %j: %j', async (request, expected) => {
    const { groups } = await listGroups.handle(cluster, request, callOf(5));
    expect(groups.map(({ groupId }) => groupId)).toEqual(expected);
  });

  test.each([
    [5, { errorCode: 0, state: 'Dead' }],
    [6, { errorCode: 69, errorMessage: 'Group b not found.', state: 'Dead' }],
  ])('that do not exist are described in version %i as %j', async (version, expected) => {
    const request = { groups: ['b'], includeAuthorizedOperations: false };
    const { groups } = await describeGroups.handle(cluster, request, callOf(version));
    expect(groups).toMatchObject([expected]);
  });
});

test('DescribeLogDirs tells the size of every partition', async () => {
  cluster.topics.create('topic', 2);
  const { results } = await describeLogDirs.handle(cluster, { topics: null }, callOf(4));
  const partitions = [0, 1].map((index) => ({ index, size: 0, offsetLag: 0, isFuture: false }));
  expect(results).toMatchObject([{ errorCode: 0, topics: [{ name: 'topic', partitions }] }]);
});

test.each([
  ['earliest local, since version 8', -4, 8, { errorCode: 0, offset: 0 }],
  ['latest tiered, since version 9', -5, 9, { errorCode: 0, offset: -1 }],
  ['latest tiered, too early', -5, 8, { errorCode: 35 }],
])('ListOffsets of %s', async (_, timestamp, version, expected) => {
  cluster.topics.create('topic', 1);
  const topics = [{ name: 'topic', partitions: [{ index: 0, currentLeaderEpoch: -1, timestamp }] }];
  const request = { replicaId: -1, isolationLevel: 0, topics, timeoutMs: 0 };
  const answer = await listOffsets.handle(cluster, request, callOf(version));
  expect(answer.topics[0]?.partitions).toMatchObject([expected]);
});

test('InitProducerId calls transactions not supported', async () => {
  const request = { transactionalId: 't', transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 };
  expect(await initProducerId.handle(cluster, request, callOf(4))).toMatchObject({ errorCode: 35 });
});

describe('DescribeConfigs', () => {
  test('says where a value comes from, and what it would be otherwise', async () => {
    cluster.topics.create('topic', 1, { 'max.message.bytes': '5000' });
    const resources = [{ type: 2, name: 'topic', keys: ['max.message.bytes', 'retention.bytes'] }];
    const request = { resources, includeSynonyms: true, includeDocumentation: true };
    const { results } = await describeConfigs.handle(cluster, request, callOf(4));
    expect(results[0]?.configs).toMatchObject([
      {
        name: 'max.message.bytes',
        value: '5000',
        source: 1,
        type: 3,
        readOnly: false,
        synonyms: [
          { name: 'max.message.bytes', value: '5000', source: 1 },
          { name: 'message.max.bytes', value: '1048588', source: 5 },
        ],
        documentation: expect.stringContaining('largest record batch'),
      },
      {
        name: 'retention.bytes',
        value: '1000000',
        source: 4,
        type: 5,
        synonyms: [
          { name: 'log.retention.bytes', value: '1000000', source: 4 },
          { name: 'log.retention.bytes', value: '-1', source: 5 },
        ],
      },
    ]);
  });

  test.each([
    [2, 'absent', 3, "The topic 'absent' does not exist."],
    [2, 'no spaces', 17, /contains one or more characters other than/],
    [4, '9', 42, 'Unexpected broker id, expected 1 or empty string, but received 9'],
    [8, '1', 42, 'Unsupported resource type: 8'],
  ])('of type %i "%s" is refused', async (type, name, errorCode, message) => {
    const request = {
      resources: [{ type, name, keys: null }],
      includeSynonyms: false,
      includeDocumentation: false,
    };
    const { results } = await describeConfigs.handle(cluster, request, callOf(4));
    expect(results).toMatchObject([{ errorCode, configs: [] }]);
    expect(results[0]?.errorMessage).toMatch(message);
  });
});
