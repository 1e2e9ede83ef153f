import fc from 'fast-check';
import { pretty, printable } from '../../../../lib/operate/printable.ts';

const redText = '\u001b[31m';

test('no byte is lost when bytes are said as text or base64', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (array) => {
      const { text, base64 } = printable(Buffer.from(array));
      const back = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);
      expect(back).toEqual(Buffer.from(array));
    }),
  );
});

test.each([
  ['text', Buffer.from('Zoë 🎉'), { text: 'Zoë 🎉' }],
  ['nothing', Buffer.alloc(0), { text: '' }],
  ['broken UTF-8', Buffer.from([0xff, 0x00]), { base64: '/wA=' }],
  ['a terminal sequence', Buffer.from(redText), { base64: 'G1szMW0=' }],
])('%s', (_, bytes, expected) => {
  expect(printable(bytes)).toEqual(expected);
});

test.each([
  ['JSON is indented', '{"a":[1, "x y"]}', '{\n  "a": [\n    1,\n    "x y"\n  ]\n}'],
  ['a number that JavaScript cannot hold stays as it is', '{"a":12345678901234567890}', undefined],
  ['duplicate names stay as they are', '{"a":1,"a":2}', undefined],
  ['text of several lines stays as it is', 'one\ttab\ntwo', undefined],
  ['a terminal sequence becomes base64', redText, 'base64:G1szMW0='],
])('%s', (_, text, expected) => {
  expect(pretty(Buffer.from(text))).toBe(expected ?? text);
});
