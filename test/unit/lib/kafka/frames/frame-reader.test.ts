import fc from 'fast-check';
import { FrameReader, MAX_FRAME_BYTES } from '../../../../../lib/kafka/frames/frame-reader.ts';
import { MalformedFrameError } from '../../../../../lib/kafka/frames/malformed-frame.ts';

const MIN_BYTES = 8;

function framed(content: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(content.length);
  return Buffer.concat([size, content]);
}

test('frames come out as they went in, however the network cuts them', () => {
  const contents = fc.array(fc.uint8Array({ minLength: MIN_BYTES, maxLength: 300 }));
  fc.assert(
    fc.property(contents, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (frames, cuts) => {
      const stream = Buffer.concat(frames.map(framed));
      const reader = new FrameReader(MIN_BYTES);
      const received: Buffer[] = [];
      for (let at = 0, index = 0; at < stream.length; index++) {
        const length = cuts[index % cuts.length] ?? 1;
        received.push(...reader.push(stream.subarray(at, at + length)));
        at += length;
      }
      expect(received.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]));
    }),
  );
});

test.each([
  ['negative', -1],
  ['shorter than any frame', MIN_BYTES - 1],
  ['over the limit', MAX_FRAME_BYTES + 1],
])('a size that is %s is malformed', (_, size) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(size);
  expect(() => new FrameReader(MIN_BYTES).push(bytes)).toThrow(MalformedFrameError);
});

test('a promised frame takes memory as its bytes arrive, and none when it is complete', () => {
  const reader = new FrameReader(MIN_BYTES);
  const size = Buffer.alloc(4);
  size.writeInt32BE(MAX_FRAME_BYTES);
  reader.push(size);
  reader.push(Buffer.alloc(1));
  expect(reader.buffered).toBeLessThanOrEqual(64 * 1024);
  const chunk = Buffer.alloc(64 * 1024);
  for (let arrived = 1; arrived < 10 * 1024 * 1024; arrived += chunk.length) {
    expect(reader.push(chunk)).toEqual([]);
    expect(reader.buffered).toBeLessThanOrEqual(2 * (arrived + chunk.length) + 64 * 1024);
  }
  reader.clear();
  expect(reader.buffered).toBe(0);
});
