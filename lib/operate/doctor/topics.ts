import type { BrokerConnection } from '../../kafka/connection/broker-connection.ts';
import { counted } from '../counted.ts';
import { type Finding, fine, skipped, wrong } from './finding.ts';
import { type TopicState, topicStates } from './topic-state-request.ts';
import { within } from './within.ts';

const TIMEOUT_MS = 10_000;

const UNKNOWN_TOPIC_OR_PARTITION = 3;
const TOPIC_AUTHORIZATION_FAILED = 29;

/** Operations by their bits, and what Amazon MSK calls them: KIP-430. */
const read = { name: 'read', bit: 3, action: 'kafka-cluster:ReadData' };
const write = { name: 'write', bit: 4, action: 'kafka-cluster:WriteData' };

/** A topic that must be there. */
export interface WantedState {
  /** By its name on the cluster. */
  readonly topic: string;
  /** Whether the operator writes it too: replays go to the topics of events, and dead letters are only read. */
  readonly written: boolean;
}

/**
 * Looks whether topics exist, have leaders, and may be used.
 *
 * @returns also those that are there, and where the brokers are
 */
export async function examineTopics(
  connection: BrokerConnection,
  wanted: readonly WantedState[],
): Promise<{ findings: Finding[]; existing: string[]; brokers: readonly string[] }> {
  const { topics, brokers } = await within(
    connection.request(topicStates(wanted.map(({ topic }) => topic))),
    TIMEOUT_MS,
  );
  const isMissing = topics.some(({ errorCode }) => errorCode === UNKNOWN_TOPIC_OR_PARTITION);
  const others = isMissing
    ? (await within(connection.request(topicStates(null)), TIMEOUT_MS)).topics.map(({ topic }) => topic)
    : [];
  return {
    findings: topics.flatMap((state) => {
      const written = wanted.some((one) => one.topic === state.topic && one.written);
      return [stateOf(state, others), ...permissionsOf(state, written ? [read, write] : [read])];
    }),
    existing: topics.filter(({ errorCode }) => errorCode === 0).map(({ topic }) => topic),
    brokers,
  };
}

function stateOf({ topic, errorCode, partitions }: TopicState, others: readonly string[]): Finding {
  if (errorCode === UNKNOWN_TOPIC_OR_PARTITION) {
    const prefixed = others.find((other) => other.endsWith(topic));
    const prefix = prefixed?.slice(0, -topic.length);
    const hint = prefix === undefined ? '' : `; or set KAFKA_TOPIC_PREFIX=${prefix}, as there is ${prefixed}`;
    return wrong(
      'topics',
      `There is no topic ${topic}`,
      `Deploy the service or run npm start, which create it, or create it yourself${hint}`,
    );
  }
  if (errorCode === TOPIC_AUTHORIZATION_FAILED) {
    const fix = 'Allow kafka-cluster:DescribeTopic, or Describe in an ACL';
    return wrong('permissions', `This client may not see ${topic}`, fix);
  }
  if (errorCode !== 0)
    return wrong('topics', `${topic}: Kafka error code ${errorCode}`, 'Look at the brokers');
  const leaderless = partitions.filter(({ leader }) => leader < 0).length;
  if (leaderless > 0) {
    const says = `${leaderless} of ${partitions.length} partitions of ${topic} have no leader`;
    return wrong('topics', says, 'Bring the brokers of their replicas back');
  }
  const behind = partitions.filter(({ replicas, inSync }) => inSync < replicas).length;
  if (behind > 0) {
    const says = `${behind} of ${partitions.length} partitions of ${topic} lack replicas that are in sync`;
    return wrong(
      'topics',
      says,
      'Look for a broker that is down or overloaded: the next loss may stop the producers',
    );
  }
  return fine('topics', `${topic} has ${counted(partitions.length, 'partition')}`);
}

function permissionsOf(
  { topic, errorCode, operations }: TopicState,
  needed: readonly (typeof read)[],
): Finding[] {
  if (errorCode !== 0) return [];
  if (operations === undefined)
    return [skipped('permissions', `The cluster does not say what is allowed on ${topic}`)];
  const missing = needed.filter(({ bit }) => (operations & (1 << bit)) === 0);
  const names = (missing.length > 0 ? missing : needed).map(({ name }) => name);
  if (missing.length === 0) {
    return [fine('permissions', `This client may ${names.join(' and ')} ${topic}`)];
  }
  return [
    wrong(
      'permissions',
      `This client may not ${names.join(' or ')} ${topic}`,
      `Allow ${missing.map(({ action }) => action).join(' and ')}, or ${names.join(' and ')} in an ACL`,
    ),
  ];
}
