import fc from 'fast-check';
import { oneLine, printableJson } from '../../../lib/unprintable.ts';
import { anyCharacter } from '../../support/any-character.ts';

/** What a terminal obeys: control characters, line separators, and what turns the direction of a line. */
const obeyed = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
/** Text in which such characters are frequent. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.constantFrom(
        '\n',
        '\u001b[31m',
        '\u007f',
        '\u009b2J',
        '\u2028',
        '\u2029',
        '\u202e',
        '\u2066',
        '\u061c',
      ),
    ),
  )
  .map((parts) => parts.join(''));

test('a line of a terminal stays one line, whatever the text', () => {
  fc.assert(fc.property(text, (any) => void expect(oneLine(any)).not.toMatch(obeyed)));
  expect(oneLine('a\n\u001b[31mb')).toBe('a\\u{a}\\u{1b}[31mb');
});

test('JSON holds nothing that a terminal obeys, and means the same', () => {
  fc.assert(
    fc.property(fc.dictionary(text, fc.oneof(text, fc.jsonValue())), (value) => {
      const json = JSON.stringify(value);
      expect(printableJson(json)).not.toMatch(obeyed);
      expect(JSON.stringify(JSON.parse(printableJson(json)))).toBe(json);
    }),
  );
});

test.each([
  ['a C1 control sequence', '\u009b31m', '"\\u009b31m"'],
  ['a line separator', 'a\u2028b', '"a\\u2028b"'],
  ['a right-to-left override', '\u202etxt.exe', '"\\u202etxt.exe"'],
  ['the delete character', '\u007f', '"\\u007f"'],
  ['ordinary text', 'Zoë 🎉 עברית', '"Zoë 🎉 עברית"'],
])('%s in JSON', (_, value, json) => {
  expect(printableJson(JSON.stringify(value))).toBe(json);
});
