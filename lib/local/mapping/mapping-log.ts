import type { KafkaAuth } from '../../kafka/configuration.ts';
import type { SystemLogLevel } from '../../mapping/properties.ts';

const ranks = { DEBUG: 0, INFO: 1, WARN: 2 } as const;

const protocols: Record<KafkaAuth, { securityProtocol: string; saslMechanism?: string }> = {
  none: { securityProtocol: 'PLAINTEXT' },
  tls: { securityProtocol: 'SSL' },
  mtls: { securityProtocol: 'SSL' },
  scram: { securityProtocol: 'SASL_SSL', saslMechanism: 'SCRAM-SHA-512' },
  iam: { securityProtocol: 'SASL_SSL', saslMechanism: 'AWS_MSK_IAM' },
};

/** Reports a problem in the log of the run and in the log of the mapping. */
export type Report = (message: string, error: unknown, fields?: Readonly<Record<string, unknown>>) => void;

/** The progress of a partition. */
export interface PartitionProgress {
  readonly partition: number;
  /** Behind the last record. */
  readonly endOffset: number;
  /** Of the last record that was read; -1 for none. */
  readonly consumedOffset: number;
  /** Of the last record that is done; -1 for none. */
  readonly processedOffset: number;
  /** What the group has committed; null for nothing. */
  readonly committedOffset: number | null;
}

/** The log stream of a mapping, without the lines of the function. */
export interface MappingLog {
  /** WARN: something went wrong. */
  problem(errorMessage: string, errorCode: string): void;
  /** INFO: a consumer was built or its partitions have changed. */
  pollerStatus(consumer: {
    consumerGroupId: string;
    generation: number;
    totalPartitionCount: number;
    partitions: readonly number[];
  }): void;
  /** DEBUG: the progress of a partition. */
  partitionStatus(offsets: PartitionProgress): void;
}

export interface MappingLogOptions {
  readonly level: SystemLogLevel | undefined;
  readonly uuid: string;
  readonly resourceArn: string;
  readonly eventSourceArn: string | undefined;
  readonly topic: string;
  readonly brokers: readonly string[];
  readonly auth: KafkaAuth;
  readonly write: (line: string) => void;
}

/**
 * Writes the system log of a mapping as AWS does, one JSON object a line; without a level it writes nothing.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/esm-logging.html Lambda Developer Guide, "Amazon MSK and self-managed Apache Kafka event source mapping logging"}
 */
export function createMappingLog(options: MappingLogOptions): MappingLog {
  const { level, uuid, resourceArn, eventSourceArn, topic, brokers, auth, write } = options;
  const at = (logLevel: SystemLogLevel, eventType: string, content: Record<string, unknown>): void => {
    if (level === undefined || ranks[logLevel] < ranks[level]) return;
    const line = {
      eventType,
      timestamp: Date.now(),
      resourceArn,
      eventSourceArn,
      eventProcessorId: `${uuid}/0`,
      logLevel,
      ...content,
    };
    write(`${JSON.stringify(line)}\n`);
  };
  return {
    problem: (errorMessage, errorCode) =>
      at('WARN', 'ESM_PROCESSING_EVENT', { error: { errorMessage, errorCode } }),
    pollerStatus: ({ consumerGroupId, generation, totalPartitionCount, partitions }) =>
      at('INFO', 'POLLER_STATUS_EVENT', {
        kafkaEventSourceConnection: {
          brokerEndpoints: brokers.join(','),
          consumerId: `${uuid}-0`,
          topics: [topic],
          consumerGroupId,
          ...protocols[auth],
          totalPartitionCount,
          assignedPartitionCount: partitions.length,
          partitionsAssignmentGeneration: generation,
          assignedPartitions: partitions.map((partition) => `${topic}-${partition}`),
        },
      }),
    partitionStatus: ({ partition, ...offsets }) =>
      at('DEBUG', 'KAFKA_STATUS_EVENT', {
        kafkaPartitionOffsets: { partition: `${topic}-${partition}`, ...offsets },
      }),
  };
}
