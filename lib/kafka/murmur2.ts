const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * The hash by which Kafka's own partitioner chooses the partition of a key.
 *
 * @returns a signed 32-bit integer
 * @see {@link https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/utils/Utils.java Apache Kafka, Utils.murmur2}
 */
export function murmur2(key: Buffer): number {
  const { length } = key;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    const mixed = Math.imul(key.readInt32LE(at), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(mixed ^ (mixed >>> 24), MULTIPLIER);
  }
  if (at < length) {
    for (let last = length - 1; last >= at; last--) hash ^= (key[last] ?? 0) << (8 * (last - at));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
