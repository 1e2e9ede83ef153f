/** How kafkajs 2.2.4 encodes records and hashes keys, to compare with it. */

declare module 'kafkajs/src/protocol/recordBatch/record/v0' {
  interface Encoded {
    size(): number;
  }
  const encodeRecord: (record: {
    offsetDelta: number;
    timestampDelta: number;
    key: Buffer | null;
    value: Buffer | null;
    headers: Record<string, Buffer[]>;
  }) => Encoded;
  export = encodeRecord;
}

declare module 'kafkajs/src/protocol/encoder' {
  class Encoder {
    readonly buffer: Buffer;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeInt64(value: bigint | number): this;
    writeString(value: string): this;
  }
  export = Encoder;
}

declare module 'kafkajs/src/protocol/requests/produce/v7/request' {
  import type Encoder from 'kafkajs/src/protocol/encoder';

  const produceRequest: (request: {
    acks: number;
    timeout: number;
    producerId: string;
    producerEpoch: number;
    topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly firstSequence: number;
        readonly messages: readonly object[];
      }[];
    }[];
  }) => { encode(): Promise<Encoder> };
  export = produceRequest;
}

declare module 'kafkajs/src/producer/partitioners/default/murmur2' {
  const murmur2: (key: Buffer) => number;
  export = murmur2;
}
