/** Castagnoli polynomial, bits reversed (RFC 3720, appendix B.4). node:zlib has CRC-32 only, another polynomial. */
const POLYNOMIAL = 0x82f63b78;
/** "Slicing by 8": eight bytes per step, one table of 256 four-byte entries for each. */
const SLICES = 8;
const TABLE_BYTES = 256 * 4;

const TABLES = buildTables();

function buildTables(): DataView {
  const tables = new DataView(new ArrayBuffer(SLICES * TABLE_BYTES));
  // The CRC of a byte combines the CRC of its lowest bit with the CRC of the others.
  for (let bit = 0x80, crc = 1; bit > 0; bit >>= 1) {
    crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    for (let others = 0; others < 256; others += 2 * bit) {
      tables.setInt32((others + bit) * 4, crc ^ tables.getInt32(others * 4, true), true);
    }
  }
  for (let at = TABLE_BYTES; at < tables.byteLength; at += 4) {
    const previous = tables.getInt32(at - TABLE_BYTES, true);
    tables.setInt32(at, (previous >>> 8) ^ tables.getInt32((previous & 0xff) * 4, true), true);
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
      tables.getInt32(7 * TABLE_BYTES + (low & 0xff) * 4, true) ^
      tables.getInt32(6 * TABLE_BYTES + ((low >>> 8) & 0xff) * 4, true) ^
      tables.getInt32(5 * TABLE_BYTES + ((low >>> 16) & 0xff) * 4, true) ^
      tables.getInt32(4 * TABLE_BYTES + (low >>> 24) * 4, true) ^
      tables.getInt32(3 * TABLE_BYTES + (high & 0xff) * 4, true) ^
      tables.getInt32(2 * TABLE_BYTES + ((high >>> 8) & 0xff) * 4, true) ^
      tables.getInt32(TABLE_BYTES + ((high >>> 16) & 0xff) * 4, true) ^
      tables.getInt32((high >>> 24) * 4, true);
  }
  for (; at < length; at++) {
    crc = (crc >>> 8) ^ tables.getInt32(((crc ^ view.getUint8(at)) & 0xff) * 4, true);
  }
  return ~crc >>> 0;
}
