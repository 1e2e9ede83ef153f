import type { ErrorName } from '../../../kafka/error-codes.ts';
import { ErrorCode } from '../../../kafka/error-codes.ts';
import type { Reader } from '../../../kafka/wire/reader.ts';
import type { EmbeddedCluster } from '../embedded-cluster.ts';
import type { Schema } from '../wire/schema.ts';
import type { Writer } from '../wire/writer.ts';

/** The names of the offered APIs, as in the Kafka protocol guide, "Api Keys". */
export type ApiName =
  | 'AlterConfigs'
  | 'ApiVersions'
  | 'CreatePartitions'
  | 'CreateTopics'
  | 'DeleteGroups'
  | 'DeleteRecords'
  | 'DeleteTopics'
  | 'DescribeCluster'
  | 'DescribeConfigs'
  | 'DescribeGroups'
  | 'DescribeLogDirs'
  | 'Fetch'
  | 'FindCoordinator'
  | 'Heartbeat'
  | 'IncrementalAlterConfigs'
  | 'InitProducerId'
  | 'JoinGroup'
  | 'LeaveGroup'
  | 'ListGroups'
  | 'ListOffsets'
  | 'Metadata'
  | 'OffsetCommit'
  | 'OffsetDelete'
  | 'OffsetFetch'
  | 'Produce'
  | 'SyncGroup';

/** In `flexibleFrom`: none of the supported versions is flexible. */
export const NEVER = Number.POSITIVE_INFINITY;

/** What a handler knows about a request apart from its body. */
export interface Call {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** The node that was addressed. */
  readonly nodeId: number;
  /** Calls back when the connection is gone, until the returned function is called. */
  onClose(listener: () => void): () => void;
  /** Reports something only the first time. */
  logOnce(key: string, message: string, fields: Record<string, unknown>): void;
}

/** The request gets no answer: `acks=0`, or, with `close`, the connection is closed. */
export interface NoAnswer {
  readonly close: string | undefined;
}

/** One API of the Kafka protocol: its messages and what the broker does. */
export interface ApiDefinition<Request, Response> {
  /** "Api Keys" in the Kafka protocol guide. */
  readonly key: number;
  readonly name: ApiName;
  /** The first and the last version offered. */
  readonly versions: readonly [number, number];
  /** The first version with compact types and tagged fields (KIP-482). */
  readonly flexibleFrom: number;
  readonly request: Schema<Request>;
  readonly response: Schema<Response>;
  handle(cluster: EmbeddedCluster, request: Request, call: Call): Response | Promise<Response>;
  /** The answer when the whole request failed for one reason. */
  failed(request: Request, errorCode: number): Response;
  /** When it returns something, the request gets no answer. */
  withoutAnswer?(request: Request, response: Response): NoAnswer | undefined;
}

/** Writes the body of an answer. */
export type WriteBody = (writer: Writer) => void;
export type Answer = WriteBody | NoAnswer;

/** A decoded request, ready to be handled or refused. */
export interface PreparedRequest {
  handle(cluster: EmbeddedCluster, call: Call): Answer | Promise<Answer>;
  failed(error: ErrorName): Answer;
}

/** An API as the connection sees it, whatever its messages are. */
export interface Api<Request = unknown, Response = unknown> extends ApiDefinition<Request, Response> {
  prepare(reader: Reader, version: number): PreparedRequest;
}

/** Creates an API from its definition. Decoding and encoding follow from its messages. */
export function defineApi<Request, Response>(
  definition: ApiDefinition<Request, Response>,
): Api<Request, Response> {
  return {
    ...definition,
    prepare(reader, version) {
      const request = definition.request.read(reader, version);
      const answer = (response: Response): Answer =>
        definition.withoutAnswer?.(request, response) ??
        ((writer) => definition.response.write(writer, response, version));
      return {
        handle(cluster, call) {
          const response = definition.handle(cluster, request, call);
          return response instanceof Promise ? response.then(answer) : answer(response);
        },
        failed: (error) => answer(definition.failed(request, ErrorCode[error])),
      };
    },
  };
}
