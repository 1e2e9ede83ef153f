import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { unframe } from '../../../../../lib/local/mapping/schema-reader.ts';

const bytes = fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array));

test('the Confluent header is taken off, whatever follows it', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), bytes, (id, content) => {
      const header = Buffer.alloc(5);
      header.writeUInt32BE(id, 1);
      expect(unframe(Buffer.concat([header, content]))).toEqual({ schemaId: String(id), content });
    }),
  );
});

test.each([
  ['uncompressed', 0, (content: Buffer) => content],
  ['compressed with zlib', 5, (content: Buffer) => deflateSync(content)],
])('the Glue header is taken off, %s', (_, compression, compress) => {
  fc.assert(
    fc.property(fc.uuid(), bytes, (schemaId, content) => {
      const id = Buffer.from(schemaId.replaceAll('-', ''), 'hex');
      const framed = Buffer.concat([Buffer.from([3, compression]), id, compress(content)]);
      expect(unframe(framed)).toEqual({ schemaId, content });
    }),
  );
});

test.each([
  ['plain JSON', Buffer.from('{}')],
  ['nothing', Buffer.alloc(0)],
  ['a Confluent header that is cut off', Buffer.from([0, 0, 0])],
  ['a Glue header that is cut off', Buffer.from([3, 0, 1])],
  ['a Glue header with an unknown compression', Buffer.concat([Buffer.from([3, 9]), Buffer.alloc(16)])],
  [
    'a Glue header before something that is not zlib',
    Buffer.concat([Buffer.from([3, 5]), Buffer.alloc(20, 1)]),
  ],
])('%s has no schema header', (_, value) => {
  expect(unframe(value)).toBeUndefined();
});
