import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import createAdmin from 'kafkajs/src/admin';
import Cluster from 'kafkajs/src/cluster';
import { MemberAssignment, MemberMetadata } from 'kafkajs/src/consumer/assignerProtocol';
import * as errors from 'kafkajs/src/errors';
import RequestQueue from 'kafkajs/src/network/requestQueue';
import createSocketFactory from 'kafkajs/src/network/socketFactory';

const logger = new Kafka({ brokers: [''], logLevel: logLevel.NOTHING }).logger();

function cluster() {
  return new Cluster({
    brokers: ['localhost:9092'],
    clientId: 'contract',
    logger,
    socketFactory: createSocketFactory(),
    retry: { retries: 0 },
  });
}

async function seedBroker() {
  const { brokerPool } = Object(cluster());
  await brokerPool.createSeedBroker();
  return brokerPool.seedBroker;
}

/** Those of a class and of the classes it extends. */
function methodsOf(object: object): Set<string> {
  const names = new Set<string>();
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (typeof Reflect.get(object, name) === 'function') names.add(name);
    }
  }
  return names;
}

/** What this project uses of kafkajs beyond its public types: whoever updates kafkajs learns here what changed. */
describe('kafkajs', () => {
  test('is the version whose inner modules were read', () => {
    const { version } = createRequire(__filename)('kafkajs/package.json');
    expect(version).toBe('2.2.4');
  });

  test('is declared module by module as it is used here', () => {
    const folder = join(__dirname, '../../../../../lib/kafka/client');
    const declared = readFileSync(join(folder, 'kafkajs.d.ts'), 'utf8').matchAll(/^declare module '(.*)'/gm);
    expect([...declared].map(([, name]) => name)).toEqual([
      'kafkajs/src/cluster',
      'kafkajs/src/admin',
      'kafkajs/src/consumer/assignerProtocol',
      'kafkajs/src/network/socketFactory',
      'kafkajs/src/network/requestQueue',
      'kafkajs/src/errors',
    ]);
  });

  test.each([
    'connect',
    'refreshMetadata',
    'refreshMetadataIfNecessary',
    'addTargetTopic',
    'addMultipleTargetTopics',
    'findTopicPartitionMetadata',
    'findLeaderForPartitions',
    'findBroker',
    'findGroupCoordinator',
    'findGroupCoordinatorMetadata',
    'fetchTopicsOffset',
  ])('has Cluster.%s', (method) => {
    expect(methodsOf(cluster())).toContain(method);
  });

  test('keeps its brokers by the ids of their nodes', () => {
    expect(cluster().brokerPool.brokers).toEqual({});
  });

  test.each([
    'findGroupCoordinator',
    'joinGroup',
    'syncGroup',
    'heartbeat',
    'leaveGroup',
    'describeGroups',
    'offsetFetch',
    'offsetCommit',
  ])('has Broker.%s', async (method) => {
    expect(methodsOf(await seedBroker())).toContain(method);
  });

  test('knows the address of a broker', async () => {
    expect((await seedBroker()).connectionPool).toMatchObject({ host: 'localhost', port: 9092 });
  });

  test.each([
    'push',
    'maybeThrottle',
    'fulfillRequest',
    'scheduleCheckPendingRequests',
    'scheduleRequestTimeoutCheck',
  ])('has RequestQueue.%s', (method) => {
    expect(methodsOf(RequestQueue.prototype)).toContain(method);
  });

  test.each([
    'connect',
    'listTopics',
    'fetchTopicMetadata',
    'createTopics',
    'createPartitions',
    'deleteTopics',
  ])('has Admin.%s, on a cluster that is given', (method) => {
    const admin = createAdmin({ logger, cluster: cluster(), retry: { retries: 0 } });
    expect(methodsOf(admin)).toContain(method);
  });

  test.each([
    ['KafkaJSProtocolError', 'KafkaJSError'],
    ['KafkaJSSASLAuthenticationError', 'KafkaJSError'],
    ['KafkaJSConnectionError', 'KafkaJSError'],
    ['KafkaJSRequestTimeoutError', 'KafkaJSError'],
    ['KafkaJSNumberOfRetriesExceeded', 'KafkaJSError'],
    ['KafkaJSNonRetriableError', 'KafkaJSError'],
    ['KafkaJSAggregateError', 'Error'],
  ])('has the error %s, which is a %s', (name, base) => {
    const error: { prototype: object } = Reflect.get(errors, name);
    const names: string[] = [];
    for (let at = error.prototype; at !== null; at = Object.getPrototypeOf(at))
      names.push(at.constructor.name);
    expect(names).toContain(base);
  });

  test('tells a protocol error by its type, and several failures one by one', () => {
    const refused = new errors.KafkaJSProtocolError({
      type: 'NOT_CONTROLLER',
      code: 41,
      message: 'refused',
      retriable: true,
    });
    expect(refused).toMatchObject({ type: 'NOT_CONTROLLER', message: 'refused' });
    expect(new errors.KafkaJSAggregateError('several', [refused])).toMatchObject({ errors: [refused] });
  });

  test('writes and reads what members of a group tell each other', () => {
    const userData = Buffer.alloc(0);
    const subscription = MemberMetadata.encode({ version: 1, topics: ['events'], userData });
    expect(MemberMetadata.decode(subscription)).toMatchObject({ topics: ['events'] });
    const assignment = MemberAssignment.encode({ version: 1, assignment: { events: [0, 2] }, userData });
    expect(MemberAssignment.decode(assignment)).toMatchObject({ assignment: { events: [0, 2] } });
  });
});
