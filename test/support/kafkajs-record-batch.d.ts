/** How kafkajs 2.2.4 encodes records, to measure it. */

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
