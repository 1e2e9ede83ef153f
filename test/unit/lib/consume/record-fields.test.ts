import { decodeRecord } from '../../../../lib/consume/decode-record.ts';
import { recordFields } from '../../../../lib/consume/record-fields.ts';
import { mskRecord } from '../../../support/msk-event.ts';
import { validData } from '../../../support/valid-data.ts';

function record(key: string | Buffer | null) {
  const decoded = decodeRecord(mskRecord({ partition: 1, offset: 2, key }));
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
  return decoded.value;
}

describe('recordFields', () => {
  const event = { type: 'order.placed', data: validData['order.placed'] };

  test.each([
    ['a key', 'order-1', { key: 'order-1' }],
    ['no key', null, { key: null }],
    ['a key that is not UTF-8', Buffer.from([0xff]), { keyBase64: '/w==' }],
    ['a key that is a sensitive value of the event', 'zoe@example.com', { key: '[redacted]' }],
  ])('names the place and %s', (_name, key, fields) => {
    expect(recordFields(record(key), event)).toEqual({ topic: 'events', partition: 1, offset: 2, ...fields });
  });
});
