import type { ConnectionOptions } from './client/connection.ts';
import { BrokerConnection } from './connection/broker-connection.ts';
import type { ProtocolRequest, Throttling } from './connection/protocol-request.ts';
import { errorName } from './error-codes.ts';
import { isAuthorizationCode, KafkaFailure } from './kafka-failure.ts';
import type { WantedTopic } from './wanted-topic.ts';

type Configs = Readonly<Record<string, string>>;

/** org.apache.kafka.common.config.ConfigResource.Type */
const TOPIC = 2;
/** org.apache.kafka.clients.admin.AlterConfigOp.OpType */
const SET = 0;
const ALL_CONFIGS = -1;
/** Smaller values would have records deleted or refused; -1 stands for no limit. */
const growing: readonly string[] = ['retention.ms', 'retention.bytes', 'max.message.bytes'];

interface Outcome {
  readonly errorCode: number;
  readonly errorMessage: string;
  readonly topic: string;
}

/**
 * Gives existing topics the wanted configs. Retention and the size of records only grow. What is not named
 * stays as it is: kafkajs cannot send such a request.
 *
 * @param topics - exist
 * @returns names of those that were changed
 * @throws KafkaFailure naming the topic and the configs that the cluster refuses; NoAnswer
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-339%3A+Create+a+new+IncrementalAlterConfigs+API KIP-339, "Create a new IncrementalAlterConfigs API"}
 */
export async function configureTopics(
  connection: ConnectionOptions,
  topics: readonly WantedTopic[],
): Promise<Set<string>> {
  const configured = topics.filter(({ config = {} }) => Object.keys(config).length > 0);
  if (configured.length === 0) return new Set();
  const broker = await anyBroker(connection);
  try {
    const { described } = await broker.request(describeConfigs(configured.map(({ name }) => name)));
    for (const outcome of described) refuse(outcome, 'its configs cannot be read');
    const current = new Map(described.map(({ topic, configs }) => [topic, configs]));
    const changes = configured.flatMap(({ name, config = {} }) => {
      const changed = changedConfigs(config, current.get(name) ?? {});
      return Object.keys(changed).length > 0 ? [{ name, changed }] : [];
    });
    for (const { name, changed } of changes) {
      const { outcomes } = await broker.request(alterConfigs(name, changed));
      const wanted = Object.entries(changed).map(([key, value]) => `${key}=${value}`);
      for (const outcome of outcomes) refuse(outcome, `the cluster rejects ${wanted.join(', ')}`);
    }
    return new Set(changes.map(({ name }) => name));
  } finally {
    await broker.close();
  }
}

/** @param wanted - without those that would only shrink */
function changedConfigs(wanted: Configs, current: Configs): Configs {
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => {
      const before = current[name];
      if (before === undefined || !growing.includes(name)) return before !== value;
      // The broker refuses what is not a number.
      return !(limit(value) <= limit(before));
    }),
  );
}

function limit(value: string): number {
  return value === '-1' ? Number.POSITIVE_INFINITY : Number(value);
}

function refuse({ errorCode, errorMessage, topic }: Outcome, what: string): void {
  if (errorCode === 0) return;
  const name = errorName(errorCode);
  const kind = isAuthorizationCode(name) ? 'unauthorized' : 'refused';
  const reason = errorMessage === '' ? name : `${name}: ${errorMessage}`;
  throw new KafkaFailure(kind, `${topic}: ${what} (${reason})`, { errorCode: name });
}

/** Any broker takes these requests; the first one that answers. */
async function anyBroker(connection: ConnectionOptions): Promise<BrokerConnection> {
  let failure: unknown;
  for (const address of connection.brokers) {
    try {
      return await new BrokerConnection(address, connection).opened;
    } catch (thrown) {
      failure = thrown;
    }
  }
  throw failure;
}

/** @see {@link https://kafka.apache.org/protocol.html#The_Messages_DescribeConfigs Apache Kafka protocol guide, "DescribeConfigs API"} */
function describeConfigs(
  topics: readonly string[],
): ProtocolRequest<
  Throttling & { readonly described: readonly (Outcome & { readonly configs: Configs })[] }
> {
  return {
    apiKey: 32,
    apiName: 'DescribeConfigs',
    versions: [1, 2],
    write: (writer) => {
      writer.int32(topics.length);
      for (const topic of topics) {
        writer.int8(TOPIC);
        writer.string(topic);
        writer.int32(ALL_CONFIGS);
      }
      // Synonyms.
      writer.boolean(false);
    },
    read: (reader) => ({
      throttleTimeMs: reader.int32(),
      described: reader.array(() => {
        const [errorCode, errorMessage] = [reader.int16(), reader.string()];
        reader.int8();
        const topic = reader.string();
        const configs = reader.array(() => {
          const config = [reader.string(), reader.string()] as const;
          // Whether it is read-only, where it comes from, whether it is a secret.
          for (const _each of [1, 2, 3]) reader.int8();
          reader.array(() => [reader.string(), reader.string(), reader.int8()]);
          return config;
        });
        return { errorCode, errorMessage, topic, configs: Object.fromEntries(configs) };
      }),
    }),
  };
}

/** @see {@link https://kafka.apache.org/protocol.html#The_Messages_IncrementalAlterConfigs Apache Kafka protocol guide, "IncrementalAlterConfigs API"} */
function alterConfigs(
  topic: string,
  configs: Configs,
): ProtocolRequest<Throttling & { readonly outcomes: readonly Outcome[] }> {
  const changes = Object.entries(configs);
  return {
    apiKey: 44,
    apiName: 'IncrementalAlterConfigs',
    versions: [0, 0],
    write: (writer) => {
      writer.int32(1);
      writer.int8(TOPIC);
      writer.string(topic);
      writer.int32(changes.length);
      for (const [name, value] of changes) {
        writer.string(name);
        writer.int8(SET);
        writer.string(value);
      }
      // Validate only.
      writer.boolean(false);
    },
    read: (reader) => ({
      throttleTimeMs: reader.int32(),
      outcomes: reader.array(() => {
        const [errorCode, errorMessage] = [reader.int16(), reader.string()];
        reader.int8();
        return { errorCode, errorMessage, topic: reader.string() };
      }),
    }),
  };
}
