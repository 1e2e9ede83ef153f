/**
 * What the records of a compressed batch may unpack to. Kafka has no such limit; here decompression would hold up the
 * whole process. 64 times what a batch may have.
 */
export const MAX_UNPACKED_BATCH_BYTES = 64 * 1024 * 1024;

/** A string of the Kafka protocol; beyond it Kafka refuses compact strings as well. Kafka protocol guide, STRING. */
export const MAX_STRING_BYTES = 2 ** 15 - 1;

/**
 * The items of all arrays of one request. Kafka's only bound is the size of a request, which is 48 million empty names;
 * this is far more than all the partitions that a broker of this kind can have.
 */
export const MAX_REQUEST_ITEMS = 100_000;

/** An answer: more than the largest Fetch, far more than any other in ordinary use. */
export const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** fetch.max.bytes of a broker, Kafka's default: what one Fetch answers at most, but for a larger first batch. */
export const MAX_FETCH_BYTES = 55 * 1024 * 1024;
