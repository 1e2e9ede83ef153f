import type { MskEvent } from '../../consume/msk-event.ts';
import { type ConnectionOptions, connectionOptions } from '../../kafka/client/connection.ts';
import type { KafkaConfiguration } from '../../kafka/configuration.ts';
import { startConsumer } from '../../kafka/reading/consumer.ts';
import { connectTopicReader, type PartitionOffsets } from '../../kafka/reading/topic-reader.ts';
import type { Log } from '../../log.ts';
import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import { functionArn } from '../function/function-definition.ts';
import type { InvocationResult } from '../function/invocation-result.ts';
import { awsEndpoint } from './aws-request.ts';
import { DEFAULT_RESEND_MODE, type ResendMode } from './choices.ts';
import { mappingUuid } from './identity.ts';
import { createMappingLog } from './mapping-log.ts';
import type { MappingState, MappingStatus } from './mapping-status.ts';
import { openDestination } from './on-failure-destination.ts';
import { RunningMapping } from './running-mapping.ts';
import { openSchemaRegistry } from './schema-registry.ts';
import { compileValueFilter } from './value-filter.ts';

const DEFAULT_FUNCTION_TIMEOUT_MS = 60_000;
/** Before its first invocation a function is loaded: "Understanding the Lambda execution environment lifecycle". */
const INIT_MS = 10_000;

export interface EventSourceMappingOptions {
  readonly declaration: EventSourceMappingDeclaration;
  readonly kafka: KafkaConfiguration;
  readonly invoke: (event: MskEvent) => Promise<InvocationResult>;
  /** How long an invocation can take; a minute unless told. */
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
}

/** A running event source mapping. */
export interface EventSourceMapping {
  readonly uuid: string;
  readonly consumerGroupId: string;
  state(): MappingState;
  /** State, last result, lag per partition and metrics, as plain data. */
  status(): Promise<MappingStatus>;
  /** Lets invocations in flight end within a bound, commits what is done and leaves the consumer group. */
  stop(): Promise<void>;
}

/**
 * Starts an event source mapping: reads a topic as AWS Lambda does and invokes the function with batches of records.
 *
 * @param options - `duplicateRate` defaults to 0, `resend` to the choice in choices.ts
 * @throws Error when the cluster cannot be reached, the topic does not exist, a filter is malformed or the mapping needs
 * what is not emulated
 * @see Lambda Developer Guide, "How Lambda processes records from Kafka event sources"
 */
export async function startEventSourceMapping(
  options: EventSourceMappingOptions,
): Promise<EventSourceMapping> {
  const { declaration, kafka, log } = options;
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
  if (declaration.enabled) {
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
  }
  return mapping;
}

/** Where partitions begin that have no committed offset; those that are not named begin at their first record. */
async function startingOffsets(
  connection: ConnectionOptions,
  { topic, startingPosition, startingPositionTimestampMs = 0 }: EventSourceMappingDeclaration,
  log: Log,
): Promise<PartitionOffsets> {
  const reader = await connectTopicReader(connection, topic, log);
  try {
    if (startingPosition === 'TRIM_HORIZON') return new Map();
    if (startingPosition === 'AT_TIMESTAMP') return await reader.offsetsAt(startingPositionTimestampMs);
    return new Map([...(await reader.bounds())].map(([partition, { end }]) => [partition, end]));
  } finally {
    await reader.disconnect();
  }
}
