/** Castagnoli polynomial, bits reversed (RFC 3720, appendix B.4). node:zlib has CRC-32 only, another polynomial. */
const POLYNOMIAL = 0x82f63b78;
/** "Slicing by 8": eight bytes per step, one table of 256 entries for each. */
const SLICES = 8;
const ENTRIES = 256;

const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(SLICES * ENTRIES);
  // The CRC of a byte is that of its lowest bit and that of the others, taken together.
  for (let bit = 0x80, crc = 1; bit > 0; bit >>= 1) {
    crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    for (let others = 0; others < ENTRIES; others += 2 * bit)
      tables[others + bit] = crc ^ entry(tables, others);
  }
  for (let at = ENTRIES; at < tables.length; at++) {
    const previous = entry(tables, at - ENTRIES);
    tables[at] = (previous >>> 8) ^ entry(tables, previous & 0xff);
  }
  return tables;
}

/**
 * The CRC-32C of some bytes, as Kafka's record batches carry it.
 *
 * @returns an unsigned 32-bit integer
 */
export function crc32c(bytes: Uint8Array): number {
  const tables = TABLES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.byteLength;
  const sliced = length - (length % SLICES);
  let crc = -1;
  let at = 0;
  for (; at < sliced; at += SLICES) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      entry(tables, 7 * ENTRIES + (low & 0xff)) ^
      entry(tables, 6 * ENTRIES + ((low >>> 8) & 0xff)) ^
      entry(tables, 5 * ENTRIES + ((low >>> 16) & 0xff)) ^
      entry(tables, 4 * ENTRIES + (low >>> 24)) ^
      entry(tables, 3 * ENTRIES + (high & 0xff)) ^
      entry(tables, 2 * ENTRIES + ((high >>> 8) & 0xff)) ^
      entry(tables, ENTRIES + ((high >>> 16) & 0xff)) ^
      entry(tables, high >>> 24);
  }
  for (; at < length; at++) {
    crc = (crc >>> 8) ^ entry(tables, (crc ^ view.getUint8(at)) & 0xff);
  }
  return ~crc >>> 0;
}

/** Every index that is used here has an entry; the compiler cannot know. */
function entry(tables: Int32Array, index: number): number {
  return tables[index] ?? 0;
}
