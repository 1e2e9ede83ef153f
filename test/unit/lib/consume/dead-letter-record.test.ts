import fc from 'fast-check';
import { deadLetterRecord, headersBeforeRejection } from '../../../../lib/consume/dead-letter-record.ts';
import { mskRecord } from '../../../../lib/testing/msk-event.ts';
import { rejectedRecord } from '../../../support/rejected-record.ts';

const rejection = {
  reason: 'schema_violation',
  issues: [{ pointer: '/data/id', message: 'Must be integer.' }],
} as const;
const invocation = { functionName: 'consume', requestId: 'request-1' };

describe('deadLetterRecord', () => {
  test('says why, from where and by whom a record was rejected', () => {
    const { headers } = deadLetterRecord(
      rejectedRecord(mskRecord({ topic: 'orders', partition: 2, offset: 15 })),
      rejection,
      invocation,
    );

    expect(Object.fromEntries(headers.map(([name, value]) => [name, value.toString()]))).toEqual({
      '__connect.errors.topic': 'orders',
      '__connect.errors.partition': '2',
      '__connect.errors.offset': '15',
      '__connect.errors.connector.name': 'consume',
      '__connect.errors.exception.class.name': 'schema_violation',
      '__connect.errors.exception.message': '/data/id Must be integer.',
      '__connect.errors.timestamp': '1760000000015',
      '__connect.errors.request.id': 'request-1',
    });
  });

  test('keeps key, value and headers byte for byte', () => {
    const bytes = fc.uint8Array().map((array) => Buffer.from(array));
    fc.assert(
      fc.property(
        fc.option(bytes),
        fc.option(bytes),
        fc.array(fc.tuple(fc.string(), bytes)),
        (key, value, headers) => {
          const letter = deadLetterRecord(
            rejectedRecord(mskRecord({ key, value, headers })),
            rejection,
            invocation,
          );

          expect(letter.key).toEqual(key);
          expect(letter.value).toEqual(value);
          expect(letter.headers.slice(0, headers.length)).toEqual(headers);
          expect(
            letter.headers.slice(headers.length).every(([name]) => name.startsWith('__connect.errors.')),
          ).toBe(true);
        },
      ),
    );
  });

  test('keeps headers about an earlier rejection apart from its own', () => {
    const before: [string, Buffer][] = [
      ['__connect.errors.topic', Buffer.from('payments')],
      ['__connect.errors.kept.__connect.errors.topic', Buffer.from('cards')],
    ];
    const { headers } = deadLetterRecord(
      rejectedRecord(mskRecord({ topic: 'orders', headers: before })),
      rejection,
      invocation,
    );

    expect(headers.filter(([name]) => name === '__connect.errors.topic').map(String)).toEqual([
      '__connect.errors.topic,orders',
    ]);
    expect(headersBeforeRejection(headers)).toEqual(before);
  });

  test('tells every issue, and bounds the text of many in bytes without half characters', () => {
    const messageOf = (message: string, count: number) => {
      const issues = Array.from({ length: count }, () => ({ pointer: '/data/a', message }));
      const { headers } = deadLetterRecord(rejectedRecord(mskRecord()), { ...rejection, issues }, invocation);
      return String(headers.find(([name]) => name === '__connect.errors.exception.message')?.[1]);
    };

    expect(messageOf('Is missing.', 2)).toBe('/data/a Is missing. /data/a Is missing.');
    for (const message of ['Must be ☃.', 'Must be a ☃.', 'Must be an ☃.', 'Must be one ☃.'.repeat(20)]) {
      const text = messageOf(message, 1_000);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
      expect(text).toMatch(/[^\ufffd]…$/);
    }
  });

  test('keeps a record that cannot be decoded as it was received', () => {
    const record = { ...mskRecord(), value: '§' };

    expect(JSON.parse(String(deadLetterRecord(rejectedRecord(record), rejection, invocation).value))).toEqual(
      record,
    );
  });
});
