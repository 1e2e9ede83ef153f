import { type ConnectionOptions, connectionOptions } from '../../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../../kafka/configuration.ts';
import { startConsumer } from '../../kafka/reading/consumer.ts';
import { connectConsumerGroup } from '../../kafka/reading/consumer-group.ts';
import { offsetsOf, type Position } from '../../kafka/reading/position.ts';
import type { PartitionOffsets } from '../../kafka/reading/topic-reader.ts';
import type { Log } from '../../log.ts';
import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import { functionArn } from '../function/function-definition.ts';
import type { InvocationResult } from '../function/invocation-result.ts';
import type { PackedEvent } from '../function/packed-event.ts';
import type { Observe } from '../observation.ts';
import { awsEndpoint } from './aws-request.ts';
import { DEFAULT_RESEND_MODE, type ResendMode } from './choices.ts';
import { mappingUuid } from './identity.ts';
import { createMappingLog } from './mapping-log.ts';
import type { MappingState, MappingStatus } from './mapping-status.ts';
import { openDestination } from './on-failure-destination.ts';
import { RunningMapping, type SkippedRecord } from './running-mapping.ts';
import { openSchemaRegistry } from './schema-reader.ts';
import { compileValueFilter } from './value-filter.ts';

const DEFAULT_FUNCTION_TIMEOUT_MS = 60_000;
/** Before its first invocation a function is loaded: "Understanding the Lambda execution environment lifecycle". */
const INIT_MS = 10_000;
/** Longer than a session: a member that has died is gone by then. */
const RESET_TIMEOUT_MS = 15_000;

export interface EventSourceMappingOptions {
  readonly declaration: EventSourceMappingDeclaration;
  readonly kafka: KafkaConfiguration;
  /** Invokes the function. */
  readonly invoke: (event: PackedEvent) => Promise<InvocationResult>;
  /** How long an invocation can take; default: a minute. */
  readonly functionTimeoutMs?: number;
  readonly log: Log;
  /** As status and on-failure destination name the function; by default made of `functionName`. */
  readonly functionArn?: string;
  /** Share of successful batches, 0 to 1, that are delivered once more, to see whether the function is idempotent. */
  readonly duplicateRate?: number;
  readonly resend?: ResendMode;
  /** Folder for what SQS, SNS and S3 would get when there is no AWS_ENDPOINT_URL; without one it is logged. */
  readonly onFailureDirectory?: string;
  /** Folder with JSON Schemas as `<schema id>.json`, in place of the declared schema registry. */
  readonly schemaDirectory?: string;
  /** Receives the lines of the mapping's system log, of the declared level; by default standard output. */
  readonly writeSystemLog?: (line: string) => void;
  /** Told what the mapping does. */
  readonly observe?: Observe | undefined;
}

/** A running event source mapping. */
export interface EventSourceMapping {
  readonly uuid: string;
  readonly consumerGroupId: string;
  state(): MappingState;
  /** State, last result, lag per partition and metrics, as plain data. */
  status(): Promise<MappingStatus>;
  /** Batches that are still to be delivered twice on purpose. */
  duplicatesAhead(): number;
  /** Delivers the next batches that succeed once more, to see whether the function is idempotent. */
  deliverTwice(batches: number): void;
  /** Gives up the first record of a partition that is not done; see {@link RunningMapping.skip}. */
  skip(partition: number): SkippedRecord | undefined;
  /**
   * Moves the position of the consumer group in all partitions, after invocations in flight have ended. Records that were
   * processed are sent again, or records that were not are skipped.
   *
   * @returns the offsets to read from, by partition
   * @throws Error when the mapping is not running, or the group has another member
   */
  reset(position: Position): Promise<PartitionOffsets>;
  /** Enables or disables the mapping; see {@link RunningMapping.setEnabled}. */
  setEnabled(enabled: boolean): boolean;
  /** Lets invocations in flight end within a bound, commits what is done and leaves the consumer group. */
  stop(): Promise<void>;
}

/**
 * Starts an event source mapping: reads a topic as AWS Lambda does and invokes the function with batches of records.
 *
 * @param options - `duplicateRate` defaults to 0, `resend` to the choice in choices.ts
 * @throws Error when the cluster cannot be reached, the topic does not exist, a filter is malformed or the mapping needs
 * what is not emulated
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html Lambda Developer Guide, "How Lambda processes records from stream and queue-based event sources"}
 */
export async function startEventSourceMapping(
  options: EventSourceMappingOptions,
): Promise<EventSourceMapping> {
  const { declaration, kafka, log, observe } = options;
  const { topic, schemaRegistry, onFailureDestination } = declaration;
  const region = kafka.region === undefined ? {} : { AWS_REGION: kafka.region };
  const arn = options.functionArn ?? functionArn({ name: declaration.functionName, environment: region });
  const uuid = mappingUuid(declaration);
  const filter = compileValueFilter(declaration.filterPatterns);
  const schemas =
    schemaRegistry && (await openSchemaRegistry(schemaRegistry, topic, options.schemaDirectory));
  const connection = await connectionOptions(kafka);
  const mapping = new RunningMapping({
    uuid,
    declaration,
    functionArn: arn,
    brokers: connection.brokers,
    startOffsets: await startingOffsets(connection, declaration, log),
    filter,
    schemas,
    destination:
      onFailureDestination === undefined
        ? undefined
        : openDestination(onFailureDestination, {
            mapping: { uuid, topic },
            connection,
            endpoint: awsEndpoint(process.env),
            directory: options.onFailureDirectory,
            log,
          }),
    resend: options.resend ?? DEFAULT_RESEND_MODE,
    duplicateRate: options.duplicateRate ?? 0,
    invoke: options.invoke,
    observe: observe && ((fact) => observe({ ...fact, mapping: uuid })),
    log,
    systemLog: createMappingLog({
      level: declaration.logLevel,
      uuid,
      resourceArn: arn.replace(/:function:.*$/, `:event-source-mapping:${uuid}`),
      eventSourceArn: declaration.eventSourceArn,
      topic,
      brokers: connection.brokers,
      auth: kafka.auth,
      write: options.writeSystemLog ?? ((line) => process.stdout.write(line)),
    }),
  });
  mapping.start((handler) =>
    startConsumer({
      connection,
      groupId: mapping.consumerGroupId,
      topic,
      maxWorkMs: (options.functionTimeoutMs ?? DEFAULT_FUNCTION_TIMEOUT_MS) + INIT_MS,
      handler,
      log,
    }),
  );
  const reset = async (position: Position): Promise<PartitionOffsets> => {
    const offsets = await offsetsOf(connection, topic, position, log);
    const group = { groupId: mapping.consumerGroupId, topic };
    await mapping.restart(() => commitOffsets(connection, group, offsets, log));
    return offsets;
  };
  return {
    uuid,
    consumerGroupId: mapping.consumerGroupId,
    state: () => mapping.state(),
    status: () => mapping.status(),
    duplicatesAhead: () => mapping.duplicatesAhead,
    deliverTwice: (batches) => mapping.deliverTwice(batches),
    skip: (partition) => mapping.skip(partition),
    reset,
    setEnabled: (enabled) => mapping.setEnabled(enabled),
    stop: () => mapping.stop(),
  };
}

async function commitOffsets(
  connection: ConnectionOptions,
  group: { groupId: string; topic: string },
  offsets: PartitionOffsets,
  log: Log,
): Promise<void> {
  const consumerGroup = await connectConsumerGroup(connection, group, log);
  try {
    const signal = AbortSignal.timeout(RESET_TIMEOUT_MS);
    const membership = await consumerGroup.join({ signal, onWait: () => {} });
    try {
      for (const [partition, offset] of offsets) await membership.commit(partition, { offset, metadata: '' });
    } finally {
      await membership.leave();
    }
  } finally {
    await consumerGroup.disconnect();
  }
}

/** Where partitions begin that have no committed offset; those that are not named begin at their first record. */
function startingOffsets(
  connection: ConnectionOptions,
  { topic, startingPosition, startingPositionTimestampMs = 0 }: EventSourceMappingDeclaration,
  log: Log,
): Promise<PartitionOffsets> {
  const position = {
    TRIM_HORIZON: 'earliest',
    LATEST: 'latest',
    AT_TIMESTAMP: { timestampMs: startingPositionTimestampMs },
  } as const;
  return offsetsOf(connection, topic, position[startingPosition], log);
}
