import fc from 'fast-check';
import { decodeBase64, decodeBase64Text } from '../../../lib/base64.ts';

describe('decodeBase64 and decodeBase64Text', () => {
  // RFC 4648, section 10.
  test.each([
    ['', ''],
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg==', 'foob'],
    ['Zm9vYmE=', 'fooba'],
    ['Zm9vYmFy', 'foobar'],
    ['Zm8', 'fo'],
  ])('decodes "%s"', (encoded, decoded) => {
    expect(decodeBase64(encoded)?.toString()).toBe(decoded);
    expect(decodeBase64Text(encoded)).toBe(decoded);
  });

  test.each([
    ['a foreign character', 'Zm9v!'],
    ['a foreign character that makes the length right', 'Zm9!'],
    ['a line break', 'Zm9v\nYmFy'],
    ['the URL alphabet', '-_-_'],
    ['a character whose lower byte is a digit', '\u0141m9v'],
    ['a lone character', 'Z'],
    ['a character too many', 'Zm9vY'],
    ['padding inside', 'Zg==Zg=='],
    ['too much padding', 'Z==='],
    ['padding that is not needed', 'Zm9v='],
    ['too little padding', 'Zg='],
    ['padding alone', '=='],
  ])('refuses %s', (_name, encoded) => {
    expect(decodeBase64(encoded)).toBeUndefined();
    expect(decodeBase64Text(encoded)).toBeUndefined();
  });

  test('decodes whatever was encoded, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const encoded = Buffer.from(bytes).toString('base64');
        expect(decodeBase64(encoded)).toEqual(Buffer.from(bytes));
        expect(decodeBase64Text(encoded)).toBe(Buffer.from(bytes).toString());
        expect(decodeBase64(encoded.replaceAll('=', ''))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('tells a text in UTF-8 from the same text in Latin-1 behind it', () => {
    const text = 'Zürich, Genève, Köln, Málaga, Ålesund, Besançon';
    expect(decodeBase64Text(Buffer.from(text).toString('base64'))).toBe(text);
    const broken = Buffer.from(text, 'latin1');
    expect(decodeBase64Text(broken.toString('base64'))).toBe(broken.toString());
    expect(decodeBase64Text(Buffer.from(text).toString('base64'))).toBe(text);
  });

  test('decodes the largest body that API Gateway passes on', () => {
    expect(decodeBase64('AAAA'.repeat(2_500_000))?.length).toBe(7_500_000);
  });
});
