import fc from 'fast-check';
import { LineWriter } from '../../../../../lib/local/function/line-writer.ts';

test('whatever the pieces, the bytes are the same and every write ends a line', () => {
  const piece = fc
    .array(fc.constantFrom(0x0a, 0x61, 0xc3, 0xab), { maxLength: 6 })
    .map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const written: Uint8Array[] = [];
      const writer = new LineWriter((bytes) => written.push(bytes));
      for (const bytes of pieces) writer.write(bytes);
      writer.flush();
      const whole = Buffer.concat(pieces);
      const endsLine = whole.length === 0 || whole.at(-1) === 0x0a;
      expect(Buffer.concat(written)).toEqual(endsLine ? whole : Buffer.concat([whole, Buffer.from('\n')]));
      expect(written.every((bytes) => bytes.at(-1) === 0x0a)).toBe(true);
    }),
  );
});
