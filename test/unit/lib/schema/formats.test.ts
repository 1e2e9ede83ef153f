import * as formats from '../../../../lib/schema/formats.ts';
import { cpuTimeMs } from '../../../support/cpu-time.ts';

type Format = keyof typeof formats;

const valid: Readonly<Record<Format, readonly string[]>> = {
  // RFC 3339, section 5.8, and calendars.
  isDate: ['1985-04-12', '2020-02-29', '2000-02-29', '0000-01-01', '9999-12-31'],
  isTime: ['23:20:50.52Z', '16:39:57-08:00', '23:59:60Z', '15:59:60-08:00', '12:00:27.87+00:20', '00:00:00z'],
  isDateTime: [
    '1985-04-12T23:20:50.52Z',
    '1996-12-19T16:39:57-08:00',
    '1990-12-31T23:59:60Z',
    '1990-12-31T15:59:60-08:00',
    '1937-01-01T12:00:27.87+00:20',
    '2020-02-29t00:00:00z',
  ],
  // RFC 3339, appendix A.
  isDuration: ['P1Y', 'P1Y2M3DT4H5M6S', 'P3W', 'PT36H', 'P1DT12H', 'PT0S', 'P6M', 'P10D', 'PT1M30S'],
  // RFC 5321 and RFC 5322 in ASCII.
  isEmail: [
    'zoe@example.com',
    'a.b+c@sub.example.org',
    "o'hara!#$%&*/=?^_`{|}~-@x.y",
    'root@localhost',
    '1@2.org',
  ],
  // RFC 1034 and RFC 1123.
  isHostname: [
    'example.com',
    'A.ISI.EDU',
    '3com.com',
    'xn--nxasmq6b',
    'a-b.c',
    `${'a'.repeat(63)}.org`,
    '1.2.3.4',
  ],
  isIpv4: ['0.0.0.0', '192.0.2.1', '255.255.255.255', '10.1.20.199'],
  // RFC 4291, section 2.2.
  isIpv6: [
    'ABCD:EF01:2345:6789:ABCD:EF01:2345:6789',
    '2001:DB8:0:0:8:800:200C:417A',
    '2001:DB8::8:800:200C:417A',
    'FF01::101',
    '::1',
    '::',
    '0:0:0:0:0:0:13.1.68.3',
    '::FFFF:129.144.52.38',
    '1::',
    '1:2:3:4:5:6:7::',
  ],
  // RFC 3986, section 1.1.2.
  isUri: [
    'ftp://ftp.is.co.za/rfc/rfc1808.txt',
    'http://www.ietf.org/rfc/rfc2396.txt',
    'ldap://[2001:db8::7]/c=GB?objectClass?one',
    'mailto:John.Doe@example.com',
    'news:comp.infosystems.www.servers.unix',
    'tel:+1-816-555-1212',
    'telnet://192.0.2.16:80/',
    'urn:oasis:names:specification:docbook:dtd:xml:4.1.2',
  ],
  // RFC 3986, section 5.4.
  isUriReference: ['g:h', './g', '/g', '//g', '?y', 'g?y#s', '#s', ';x', '../../g', 'a%20b'],
  // RFC 9562, appendix A.
  isUuid: [
    'C232AB00-9414-11EC-B3C8-9F6BDECED846',
    '919108f7-52d1-4320-9bac-f847db4148a8',
    '017F22E2-79B0-7CC3-98C4-DC0C0C07398F',
    '00000000-0000-0000-0000-000000000000',
  ],
};

const invalid: Readonly<Record<Format, readonly string[]>> = {
  isDate: [
    '',
    '2026-13-01',
    '2026-00-10',
    '2019-02-29',
    '1900-02-29',
    '2020-04-31',
    '2020-01-32',
    '2020-1-1',
    '20200101',
    '2020-01-01Z',
    ' 2020-01-01',
  ],
  isTime: [
    '',
    '24:00:00Z',
    '00:60:00Z',
    '00:00:61Z',
    '12:00:00',
    '12:00Z',
    '12:00:00.Z',
    '12:00:00+24:00',
    '12:00:00+0100',
    '29:59:59Z',
  ],
  isDateTime: [
    '',
    '2026-19-39T29:59:59Z',
    '2026-01-31 09:30:00Z',
    '2026-01-31T09:30:00',
    '2026-01-31',
    '2020-02-30T00:00:00Z',
    '2020-01-01T00:00:00Z\n',
  ],
  isDuration: ['', 'P', 'PT', 'P1', '1Y', 'P1Y2D', 'P1W1D', 'P1DT', 'P-1D', 'P1.5D', 'PT1H5S', 'p1d', 'P1H'],
  isEmail: [
    '',
    '@',
    'zoe',
    'zoe@',
    '@example.com',
    '.a@b.org',
    'a..b@c.org',
    'a@b@c.org',
    'a b@c.org',
    'a@-b.org',
    'a@b..org',
    `${'a'.repeat(65)}@b.org`,
    'zoë@example.com',
    'a@b.org\n',
  ],
  isHostname: [
    '',
    '.',
    '-a',
    'a-',
    'a..b',
    'a_b',
    'a b',
    '.a',
    'a.',
    `${'a'.repeat(64)}.org`,
    Array.from({ length: 64 }, () => 'abc').join('.'),
    'zoë.org',
  ],
  isIpv4: [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4.',
    '1..2.3',
    '1.2.3.a',
    ' 1.2.3.4',
    '1.2.3.4\n',
  ],
  isIpv6: [
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    '::g',
    '1:2:3:4:5:6:7:8::',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    '::1.2.3.4:5',
    'fe80::1%eth0',
    '1:',
    ':1',
    '::1\n',
  ],
  isUri: ['', '/a', 'g', '//example.com', '1a:b', 'http://a b', 'http://zoë', 'a:%2', 'a:\n'],
  isUriReference: ['', 'a b', '100%', '%zz', '<a>', '"', 'zoë', 'a\\b', '{a}', '^', '`', '|'],
  isUuid: [
    '',
    '919108f7-52d1-4320-9bac-f847db4148a',
    '919108f752d143209bacf847db4148a8',
    '{919108f7-52d1-4320-9bac-f847db4148a8}',
    'urn:uuid:919108f7-52d1-4320-9bac-f847db4148a8',
    'g19108f7-52d1-4320-9bac-f847db4148a8',
  ],
};

/** What a format takes or refuses though its RFC says otherwise; its docstring says why. */
const weaknesses: readonly (readonly [format: Format, text: string, taken: boolean])[] = [
  ['isTime', '12:00:60Z', true],
  ['isEmail', '"zoe"@example.com', false],
  ['isEmail', 'zoe@[192.0.2.1]', false],
  ['isUri', 'http://[', true],
  ['isUri', 'a:[]', true],
];

const checks: Readonly<Record<Format, (text: string) => boolean>> = { ...formats };

const cases = (table: Readonly<Record<Format, readonly string[]>>) =>
  (Object.keys(table) as Format[]).flatMap((format) => table[format].map((text) => [format, text] as const));

describe('formats', () => {
  test.each(cases(valid))('%s: takes %j', (format, text) => expect(checks[format](text)).toBe(true));
  test.each(cases(invalid))('%s: refuses %j', (format, text) => expect(checks[format](text)).toBe(false));
  test.each(weaknesses)('%s: differs from its RFC for %j', (format, text, taken) => {
    expect(checks[format](text)).toBe(taken);
  });

  // One that looks at every character from every other would take minutes.
  test.each(Object.keys(valid) as Format[])('%s: looks at a hostile text once', (format) => {
    const spent = cpuTimeMs(() => {
      for (const part of ['a', '1', '1.', 'a.', 'a-', ':', '1:', '%41', 'P', '1Y', '0', '@', 'a@', '::']) {
        const text = part.repeat(200_000 / part.length);
        for (const prefix of ['', 'a@', 'P', 'PT', 'a:', '2020-01-01T00:00:00.']) {
          expect(typeof checks[format](`${prefix}${text}!`)).toBe('boolean');
        }
      }
    });
    expect(spent).toBeLessThan(5_000);
  });
});
