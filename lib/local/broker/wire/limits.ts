/** message.max.bytes of a broker and max.message.bytes of a topic, Kafka's default: a whole record batch. */
export const MAX_BATCH_BYTES = 1_048_588;
/**
 * What the records of a compressed batch may unpack to. Kafka has no such limit; here decompression would hold up the
 * whole process. 64 times what a batch may have.
 */
export const MAX_UNPACKED_BATCH_BYTES = 64 * 1024 * 1024;
