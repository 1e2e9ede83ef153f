import { MalformedFrameError } from './malformed-frame.ts';

/** socket.request.max.bytes, Kafka's default. */
export const MAX_FRAME_BYTES = 100 * 1024 * 1024;
/** api key, api version and correlation id: no request is shorter. */
const MIN_FRAME_BYTES = 8;
const SIZE_BYTES = 4;

/** Cuts the bytes of a connection into frames: a 4-byte size, then that many bytes. */
export class FrameReader {
  readonly #size = Buffer.alloc(SIZE_BYTES);
  #sizeFilled = 0;
  #frame: Buffer | undefined;
  #frameFilled = 0;

  /**
   * The frames that `chunk` completes. A frame that lies in one chunk is a view of it.
   *
   * @throws MalformedFrameError when a size is impossible
   */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame) {
        const copied = chunk.copy(this.#frame, this.#frameFilled, at);
        this.#frameFilled += copied;
        at += copied;
        if (this.#frameFilled === this.#frame.length) {
          frames.push(this.#frame);
          this.#frame = undefined;
        }
        continue;
      }
      const copied = chunk.copy(this.#size, this.#sizeFilled, at);
      this.#sizeFilled += copied;
      at += copied;
      if (this.#sizeFilled < SIZE_BYTES) break;
      this.#sizeFilled = 0;
      const size = this.#size.readInt32BE(0);
      if (size < MIN_FRAME_BYTES || size > MAX_FRAME_BYTES) {
        throw new MalformedFrameError(
          `a request of ${size} bytes: allowed are ${MIN_FRAME_BYTES} to ${MAX_FRAME_BYTES}`,
        );
      }
      if (chunk.length - at >= size) {
        frames.push(chunk.subarray(at, at + size));
        at += size;
      } else {
        this.#frame = Buffer.allocUnsafeSlow(size);
        this.#frameFilled = 0;
      }
    }
    return frames;
  }
}
