import fc from 'fast-check';
import { DEAD_LETTER_PREFIX, deadLetterOf } from '../../../../lib/consume/dead-letter.ts';
import { mskRecord, rejectedRecord } from '../../../support/msk-event.ts';

const rejection = {
  reason: 'schema_violation',
  issues: [{ pointer: '/data/id', message: 'Must be integer.' }],
} as const;
const invocation = { functionName: 'consume', requestId: 'request-1' };

describe('deadLetterOf', () => {
  test('says why, from where and by whom a record was rejected', () => {
    const { headers } = deadLetterOf(
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
          const letter = deadLetterOf(
            rejectedRecord(mskRecord({ key, value, headers })),
            rejection,
            invocation,
          );

          expect(letter.key).toEqual(key);
          expect(letter.value).toEqual(value);
          expect(letter.headers.slice(0, headers.length)).toEqual(headers);
          expect(
            letter.headers.slice(headers.length).every(([name]) => name.startsWith(DEAD_LETTER_PREFIX)),
          ).toBe(true);
        },
      ),
    );
  });

  test('keeps a record that cannot be decoded as it was received', () => {
    const record = { ...mskRecord(), value: '§' };

    expect(JSON.parse(String(deadLetterOf(rejectedRecord(record), rejection, invocation).value))).toEqual(
      record,
    );
  });
});
