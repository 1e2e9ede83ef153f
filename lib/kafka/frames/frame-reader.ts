import { MalformedFrameError } from './malformed-frame.ts';

/** `socket.request.max.bytes`, Kafka's default. No answer of Kafka is longer either. */
export const MAX_FRAME_BYTES = 100 * 1024 * 1024;
const SIZE_BYTES = 4;
/** A frame gets this much at first, and twice as much whenever that is full: a promise alone costs nothing. */
const INITIAL_BYTES = 64 * 1024;

/** Cuts the bytes of a connection into frames: a 4-byte size, then that many bytes. */
export class FrameReader {
  readonly #minBytes: number;
  #size = 0;
  #sizeFilled = 0;
  /** The frame that is under way: its size, and what has arrived. */
  #frameSize = 0;
  #frame: Buffer | undefined;
  #frameFilled = 0;

  /** @param minBytes - no frame is shorter */
  constructor(minBytes: number) {
    this.#minBytes = minBytes;
  }

  /** The memory held for a frame that is under way. */
  get buffered(): number {
    return this.#frame?.length ?? 0;
  }

  /** Forgets the frame that is under way. */
  clear(): void {
    this.#frame = undefined;
  }

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
        const frame = this.#grown(this.#frame);
        const copied = chunk.copy(frame, this.#frameFilled, at);
        this.#frame = frame;
        this.#frameFilled += copied;
        at += copied;
        if (this.#frameFilled === this.#frameSize) {
          frames.push(frame);
          this.#frame = undefined;
        }
        continue;
      }
      // An int32, big-endian; what was there before leaves it at the other end.
      this.#size = (this.#size << 8) | (chunk[at++] ?? 0);
      this.#sizeFilled++;
      if (this.#sizeFilled < SIZE_BYTES) continue;
      this.#sizeFilled = 0;
      const size = this.#size;
      if (size < this.#minBytes || size > MAX_FRAME_BYTES) {
        throw new MalformedFrameError(
          `A frame has ${size} bytes: ${this.#minBytes} to ${MAX_FRAME_BYTES} are allowed`,
        );
      }
      if (chunk.length - at >= size) {
        frames.push(chunk.subarray(at, at + size));
        at += size;
      } else {
        this.#frameSize = size;
        this.#frame = Buffer.allocUnsafeSlow(Math.min(size, INITIAL_BYTES));
        this.#frameFilled = 0;
      }
    }
    return frames;
  }

  #grown(frame: Buffer): Buffer {
    if (this.#frameFilled < frame.length) return frame;
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#frameSize, 2 * frame.length));
    frame.copy(larger);
    return larger;
  }
}
