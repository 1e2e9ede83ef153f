import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** A request of the Kafka protocol, and how its answer is read. */
export interface ProtocolRequest<Answer extends Throttling = Throttling> {
  readonly apiKey: number;
  readonly apiName: string;
  /** Lowest and highest version that `write` and `read` know. */
  readonly versions: readonly [lowest: number, highest: number];
  /** Writes the body. */
  readonly write: (writer: ByteWriter, version: number) => void;
  /** Reads the body of the answer; throws a RangeError when it ends too early. */
  readonly read: (reader: ByteReader, version: number) => Answer;
}

/** What every answer may ask for. */
export interface Throttling {
  /** How long the broker asks for silence: KIP-219. */
  readonly throttleTimeMs?: number;
}
