/** message.max.bytes of a broker and max.message.bytes of a topic, Kafka's default: a whole record batch. */
export const MAX_BATCH_BYTES = 1_048_588;
