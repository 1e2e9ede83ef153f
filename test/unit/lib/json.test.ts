import fc from 'fast-check';
import { parseJson } from '../../../lib/json.ts';

const messageFor = (text: string, bytes?: Uint8Array): string | undefined => {
  const result = parseJson(text, bytes);
  return result.ok ? undefined : result.issues[0]?.message;
};

describe('parseJson', () => {
  test('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text, Buffer.from(text))).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test.each([
    ['nothing', '', 'Must not be empty.'],
    ['white space', ' \r\n\t ', 'Must not be empty.'],
    ['an open object', '{', /^Must be JSON: .+\.$/],
    ['two values', '1 2', /^Must be JSON: .+\.$/],
    ['a bare word', 'undefined', /^Must be JSON.*\.$/],
  ])('refuses %s', (_name, text, message) => {
    expect(messageFor(text)).toMatch(message);
  });

  test.each([
    ['a syntax error at the start', 'zoe@example.com'],
    ['a syntax error after it', '{"customerEmail":"zoe@example.com",}'],
    ['a syntax error before it', '{x"customerEmail":"zoe@example.com"}'],
    [
      'a syntax error in the middle of a long text',
      `["${'a'.repeat(50)}",zoe@example.com,"${'b'.repeat(50)}"]`,
    ],
    ['quotes around it', '"zoe@example.com" is not valid JSON'],
    ['lines around it', '{"a":\n"zoe@example.com"\n?}'],
  ])('does not repeat what it could not read, because it may be sensitive: %s', (_name, text) => {
    const message = messageFor(text);
    expect(message).toMatch(/^Must be JSON/);
    expect(message).not.toMatch(/zoe|example/);
  });

  test('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    expect(messageFor(bytes.toString(), bytes)).toBe('Must be UTF-8 text.');
  });

  test('accepts a replacement character that was sent as such', () => {
    const bytes = Buffer.from('"\ufffd"');
    expect(parseJson(bytes.toString(), bytes)).toEqual({ ok: true, value: '\ufffd' });
  });

  test.each([
    ['arrays', (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
    ['objects', (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
  ])('refuses %s nested deeper than 500 levels', (_name, nested) => {
    expect(parseJson(nested(500)).ok).toBe(true);
    expect(messageFor(nested(502))).toBe('Must not be nested deeper than 500 levels.');
    expect(messageFor(nested(1_000_000))).toBe('Must not be nested deeper than 500 levels.');
  });

  test('keeps a property named __proto__ a property', () => {
    const result = parseJson('{"__proto__":{"polluted":true}}');
    expect(result.ok && Object.keys(Object(result.value))).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const result = parseJson(Buffer.from(bytes).toString(), bytes);
        return typeof result.ok === 'boolean';
      }),
    );
  });
});
