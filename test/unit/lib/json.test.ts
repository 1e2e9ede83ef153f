import fc from 'fast-check';
import { parseJson } from '../../../lib/json.ts';

const messageFor = (json: Parameters<typeof parseJson>[0]): string | undefined => {
  const result = parseJson(json);
  return result.ok ? undefined : result.issues[0]?.message;
};

describe('parseJson', () => {
  test('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson({ text, bytes: Buffer.from(text) })).toEqual({ ok: true, value: JSON.parse(text) });
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
    expect(messageFor({ text: bytes.toString(), bytes })).toBe('Must be UTF-8 text.');
  });

  test('accepts a replacement character that was sent as such', () => {
    const bytes = Buffer.from('"\ufffd"');
    expect(parseJson({ text: bytes.toString(), bytes })).toEqual({ ok: true, value: '\ufffd' });
  });

  test.each([
    ['arrays', (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
    ['objects', (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
  ])('refuses %s nested deeper than 500 levels', (_name, nested) => {
    expect(parseJson(nested(500)).ok).toBe(true);
    expect(messageFor(nested(502))).toBe('Must not be nested deeper than 500 levels.');
    expect(messageFor(nested(1_000_000))).toBe('Must not be nested deeper than 500 levels.');
  });

  const number =
    'Must be a number that a double-precision float keeps (RFC 8259, section 6); send it as a string.';
  const twice = 'Must not stand twice in one object (RFC 8259, section 4).';

  test.each<[string, string, string, string]>([
    ['an integer beyond 2^53', '{"ref":12345678901234567890}', '/ref', number],
    ['2^53 + 1', '9007199254740993', '', number],
    ['more digits than a double has', '[0.1000000000000000055]', '/0', number],
    ['many digits around the point', '[12345678.123456789]', '/0', number],
    ['more than the largest double', '{"big":1e400}', '/big', number],
    ['less than the smallest double', '{"small":-1E-400}', '/small', number],
    ['a long number with an exponent', '[1.2345678901234567890e3]', '/0', number],
    ['a number far down', '{"a":[{"b~/":[1,[2,{"c":1e999}]]}]}', '/a/0/b~0~1/1/1/c', number],
    ['a number behind names that look like text', '{"a\\\\":"{[1e999,","\\"b":[1,1e999]}', '/"b/1', number],
    ['a name twice', '{"a":1,"a":2}', '/a', twice],
    ['a name twice far down', '[{"a":{"b":{"a":1},"c":[],"b":{}}}]', '/0/a/b', twice],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}', '/a', twice],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', '/__proto__', twice],
    ['a name twice, with white space', '{ "a" : 1,\n\t"a"\r\n: 2 }', '/a', twice],
    ['a name twice that ends in a backslash', '{"a\\\\":1,"a\\\\":2}', '/a\\', twice],
    ['a name twice behind a colon', '{":":":","a":"\\":","a":":"}', '/a', twice],
    ['a name twice beside characters of other scripts', '{"☃":"Ƣ:","☃":"Ƣ"}', '/☃', twice],
    [
      'a name twice behind one that ends in a character like a backslash',
      '{"aŜ":1,"b":1,"b":2}',
      '/b',
      twice,
    ],
    ['less than the smallest double, beside a zero', '[0,1e-400]', '/1', number],
    ['a number with too few digits left', '[1.23e-323]', '/0', number],
    ['a long negative number', '[0,-123456789.123456789]', '/1', number],
  ])('refuses what would change, and says where: %s', (_name, text, pointer, message) => {
    expect(parseJson(text)).toEqual({ ok: false, code: 'malformed', issues: [{ pointer, message }] });
  });

  test.each<[string, unknown]>([
    ['1.0', 1],
    ['1e2', 100],
    ['1E+2', 100],
    ['-0', -0],
    ['-0.0e5', -0],
    ['0e999', 0],
    ['0.10', 0.1],
    ['0.1', 0.1],
    ['19.99', 19.99],
    ['9007199254740992', 2 ** 53],
    ['100000000000000000000000', 1e23],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['5e-324', Number.MIN_VALUE],
    ['0.30000000000000004', 0.1 + 0.2],
    ['{"a":{"a":1},"b":[{"a":1},{"a":1}]}', { a: { a: 1 }, b: [{ a: 1 }, { a: 1 }] }],
    ['"1e999, 12345678901234567890"', '1e999, 12345678901234567890'],
    ['{"1e999":"\\\\"}', { '1e999': '\\' }],
    ['["12345678901234567890",":x","a \\" : b"]', ['12345678901234567890', ':x', 'a " : b']],
    ['[0,"one-time e-mail, 1e-400"]', [0, 'one-time e-mail, 1e-400']],
    [
      '{"2026-01-31T09:30:00Z":[1760000000123,-1760000000.125]}',
      { '2026-01-31T09:30:00Z': [1760000000123, -1760000000.125] },
    ],
  ])('reads what keeps its value, however it is written: %s', (text, value) => {
    expect(parseJson(text)).toEqual({ ok: true, value });
  });

  test('reads any double that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseJson(`[${JSON.stringify(value)}]`)).toEqual({ ok: true, value: [value + 0] });
      }),
    );
  });

  test('reads an integer if, and only if, it comes out as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
        // A shortest decimal such as 1e23 counts as what it says, not as the double beside it.
        expect(parseJson(String(integer)).ok).toBe(BigInt(decimal(Number(integer))) === integer);
      }),
    );
  });

  test('refuses an object if, and only if, a name stands in it twice, whatever the names and values look like', () => {
    const piece = fc.constantFrom(
      '"',
      ':',
      '\\',
      ' ',
      ',',
      '0123456789',
      '-',
      '.',
      'e-',
      'é',
      '☃',
      'Ŝ',
      '{',
      'Ƣ',
    );
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const member = fc.tuple(
      text,
      fc.constantFrom('', ' ', '\n\t'),
      fc.oneof(text, fc.constantFrom(0, 1.5, 123456789012)),
    );
    fc.assert(
      fc.property(fc.array(member, { maxLength: 5 }), (members) => {
        const json = members.map(
          ([name, space, value]) => `${JSON.stringify(name)}${space}:${JSON.stringify(value)}`,
        );
        const isTwice = new Set(members.map(([name]) => name)).size < members.length;
        expect(parseJson(`{${json.join()}}`).ok).toBe(!isTwice);
      }),
      { numRuns: 2_000 },
    );
  });

  test('names twenty places at most, and looks at a hostile text once', () => {
    const result = parseJson(`[${Array.from({ length: 50_000 }, () => '1e999').join()}]`);
    expect(result.ok ? 0 : result.issues.length).toBe(20);
    expect(parseJson(`{${'"a":1,'.repeat(100_000)}"a":1}`).ok).toBe(false);
    expect(parseJson(`[1${'0'.repeat(300)},0.${'0'.repeat(1_000_000)}1]`).ok).toBe(false);
    expect(parseJson(`{"a":"${'\\\\'.repeat(500_000)}","b":1e2}`).ok).toBe(true);
  });

  test('does not repeat a number, because it may be sensitive', () => {
    const result = parseJson('{"card":4929123412341234567}');
    expect(JSON.stringify(result)).not.toContain('4929');
  });

  test('keeps a property named __proto__ a property', () => {
    const result = parseJson('{"__proto__":{"polluted":true}}');
    expect(result.ok && Object.keys(Object(result.value))).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (array) => {
        const bytes = Buffer.from(array);
        const result = parseJson({ text: bytes.toString(), bytes });
        return typeof result.ok === 'boolean';
      }),
    );
  });
});

/** A number without an exponent. */
function decimal(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 17 });
}
