/** More than almost every key, value and header has, and little beside the heap of a function. */
const SCRATCH_BYTES = 64 * 1024;

const shared = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * A buffer for bytes that are needed only until the caller returns: what is written there is lost with the next call. A
 * buffer of its own for each key, value and header would take as long as decoding it.
 *
 * @returns at least as many bytes as asked for, with anything in them
 */
export function scratchFor(byteLength: number): Buffer {
  return byteLength <= SCRATCH_BYTES ? shared : Buffer.allocUnsafeSlow(byteLength);
}
