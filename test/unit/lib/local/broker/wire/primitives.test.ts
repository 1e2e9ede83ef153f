import fc from 'fast-check';
import { MalformedFrameError } from '../../../../../../lib/kafka/frames/malformed-frame.ts';
import { Reader } from '../../../../../../lib/kafka/wire/reader.ts';
import {
  array,
  boolean,
  bytes,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableBytes,
  nullableString,
  string,
  struct,
} from '../../../../../../lib/local/broker/wire/schema.ts';
import { Writer } from '../../../../../../lib/local/broker/wire/writer.ts';

const message = struct({
  int8,
  int16,
  int32,
  int64,
  boolean,
  string,
  nullableString,
  bytes,
  nullableBytes,
  list: array(struct({ name: string, numbers: array(int32) })),
  nullableList: nullableArray(string),
});

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const payload = fc.uint8Array({ maxLength: 3000 }).map((values) => Buffer.from(values));
const messages: fc.Arbitrary<Infer<typeof message>> = fc.record({
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  int64: fc.maxSafeInteger(),
  boolean: fc.boolean(),
  string: text,
  nullableString: fc.option(text),
  bytes: payload,
  nullableBytes: fc.option(payload),
  list: fc.array(
    fc.record({ name: text, numbers: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })) }),
  ),
  nullableList: fc.option(fc.array(text)),
});

function written(value: Infer<typeof message>, flexible: boolean): Buffer {
  const writer = new Writer(flexible);
  message.write(writer, value, 0);
  const size = writer.size;
  const whole = Buffer.concat(writer.chunks());
  expect(whole).toHaveLength(size);
  return whole;
}

describe.each([
  ['classic', false],
  ['flexible', true],
])('messages in the %s encoding', (_, flexible) => {
  test('read as what was written', () => {
    fc.assert(
      fc.property(messages, (value) => {
        const reader = new Reader(written(value, flexible), flexible);
        expect(message.read(reader, 0)).toEqual(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test('cut short are malformed, wherever they are cut', () => {
    fc.assert(
      fc.property(messages, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value, part) => {
        const whole = written(value, flexible);
        const cut = whole.subarray(0, Math.floor(whole.length * part));
        expect(() => message.read(new Reader(cut, flexible), 0)).toThrow(MalformedFrameError);
      }),
    );
  });

  test('made of arbitrary bytes are read or malformed, and never anything else', () => {
    fc.assert(
      fc.property(payload, (noise) => {
        try {
          message.read(new Reader(noise, flexible), 0);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedFrameError);
        }
      }),
    );
  });
});

test('tagged fields that are not known are skipped', () => {
  const writer = new Writer(true);
  writer.unsignedVarint(1);
  writer.unsignedVarint(7);
  writer.unsignedVarint(3);
  writer.int8(1);
  writer.int16(2);
  writer.int32(42);
  const reader = new Reader(Buffer.concat(writer.chunks()), true);
  reader.taggedFields();
  expect(reader.int32()).toBe(42);
});

test.each([
  ['classic', false],
  ['flexible', true],
])('a request of more than 100,000 items in all its arrays is malformed, %s', (_, flexible) => {
  const lists = array(array(int8));
  const read = (rows: number, columns: number) => {
    const writer = new Writer(flexible);
    const row = new Array<number>(columns).fill(1);
    lists.write(writer, new Array<number[]>(rows).fill(row), 0);
    return lists.read(new Reader(Buffer.concat(writer.chunks()), flexible), 0);
  };
  expect(read(1000, 99)).toHaveLength(1000);
  expect(() => read(1000, 100)).toThrow(MalformedFrameError);
});

test('a compact string is not longer than a classic one can be', () => {
  const longest = (length: number) => {
    const writer = new Writer(true);
    writer.nullableBytes(Buffer.alloc(length, 'x'));
    return new Reader(Buffer.concat(writer.chunks()), true).string();
  };
  expect(longest(32_767)).toHaveLength(32_767);
  expect(() => longest(32_768)).toThrow(MalformedFrameError);
});

test.each(['x', 'ü', '汉', '😀'])('a text that is too long for a string is cut: %s', (character) => {
  const writer = new Writer();
  writer.nullableString(character.repeat(40_000));
  const text = new Reader(Buffer.concat(writer.chunks())).string();
  expect(text.length).toBeGreaterThan(10_000);
});

test('an answer of more than 128 MiB is not written', () => {
  const writer = new Writer();
  const text = 'x'.repeat(32_000);
  expect(() => {
    for (let count = 0; count < 5000; count++) writer.nullableString(text);
  }).toThrow(MalformedFrameError);
});
