import fc from 'fast-check';
import type { DecodedRecord } from '../../../../lib/consume/decode-record.ts';
import { decodeRecord } from '../../../../lib/consume/decode-record.ts';
import { mskRecord, type RecordInput } from '../../../../lib/testing/msk-event.ts';

function decode(input: RecordInput): DecodedRecord {
  const decoded = decodeRecord(mskRecord(input));
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
  return decoded.value;
}

describe('decodeRecord', () => {
  test('decodes key, value and coordinates', () => {
    const record = decode({ topic: 'a-b', partition: 2, offset: 15, key: 'order-1', value: { id: 1 } });

    expect(record).toMatchObject({ topic: 'a-b', partition: 2, offset: 15, timestampType: 'CREATE_TIME' });
    expect(record.key?.text).toBe('order-1');
    expect(record.value?.text).toBe('{"id":1}');
  });

  test('reads header bytes as Java bytes, so that text outside ASCII survives', () => {
    const { headers } = decode({ headers: [['city', 'Zürich ☃']] });

    expect(headers.map(([name, value]) => [name, value.text])).toEqual([['city', 'Zürich ☃']]);
  });

  test('takes a header without a value for one with no bytes', () => {
    const record = decodeRecord({ ...mskRecord(), headers: [{ empty: null }, {}] });
    expect(record).toMatchObject({
      ok: true,
      value: { headers: [['empty', { text: '', bytes: Buffer.alloc(0) }]] },
    });
  });

  test('keeps the order of headers and repeated names', () => {
    const { headers } = decode({
      headers: [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ],
    });

    expect(headers.map(([name, value]) => `${name}=${value.text}`)).toEqual(['a=1', 'b=2', 'a=3']);
  });

  test.each([
    ['absent', {}],
    ['null', { key: null, value: null }],
  ])('takes a key and a value that are %s for none', (_, fields) => {
    const { key: _key, value: _value, ...bare } = mskRecord();
    const decoded = decodeRecord({ ...bare, ...fields });

    expect(decoded).toMatchObject({ ok: true, value: { key: null, value: null } });
  });

  test('tells an empty value from a tombstone', () => {
    expect(decode({ value: '' }).value?.bytes).toHaveLength(0);
    expect(decode({ value: null }).value).toBeNull();
  });

  test('passes on what a schema registry says', () => {
    const decoded = decodeRecord({
      ...mskRecord(),
      valueSchemaMetadata: { dataFormat: 'JSON', schemaId: '1' },
    });

    expect(decoded).toMatchObject({
      ok: true,
      value: { valueSchemaMetadata: { dataFormat: 'JSON', schemaId: '1' } },
    });
  });

  test.each([
    ['no record at all', null, ''],
    ['no offset', { topic: 'events', partition: 0 }, '/offset'],
    ['a negative offset', { ...mskRecord(), offset: -1 }, '/offset'],
    ['a partition that is text', { ...mskRecord(), partition: '0' }, '/partition'],
    ['a topic that is a number', { ...mskRecord(), topic: 1 }, '/topic'],
    ['a key that is not base64', { ...mskRecord(), key: '§' }, '/key'],
    ['a value that is not base64', { ...mskRecord(), value: 'e30=e30=' }, '/value'],
    ['a value that is a number', { ...mskRecord(), value: 1 }, '/value'],
    ['headers that are an object', { ...mskRecord(), headers: {} }, '/headers'],
    ['a header value that is text', { ...mskRecord(), headers: [{ a: 'text' }] }, '/headers'],
    ['a header byte out of range', { ...mskRecord(), headers: [{ a: [300] }] }, '/headers'],
  ])('rejects %s and names the place', (_, record, pointer) => {
    expect(decodeRecord(record)).toMatchObject({ ok: false, code: 'malformed', issues: [{ pointer }] });
  });

  test.each([
    ['0', 'Must be a non-negative integer, and is of type string.'],
    [undefined, 'Must be a non-negative integer, and is missing.'],
    [null, 'Must be a non-negative integer, and is null.'],
    [-1, 'Must be a non-negative integer, and is -1.'],
    [[0], 'Must be a non-negative integer, and is an array.'],
  ])('says what is wrong with the partition %j', (partition, message) => {
    expect(decodeRecord({ ...mskRecord(), partition })).toMatchObject({ issues: [{ message }] });
  });

  test('is the inverse of the encoding for any bytes', () => {
    const bytes = fc.uint8Array().map((array) => Buffer.from(array));
    fc.assert(
      fc.property(
        fc.option(bytes),
        fc.option(bytes),
        fc.array(fc.tuple(fc.string(), bytes)),
        (key, value, headers) => {
          const record = decode({ key, value, headers });
          expect(record.key?.bytes ?? null).toEqual(key);
          expect(record.value?.bytes ?? null).toEqual(value);
          expect(record.headers.map(([name, { bytes }]) => [name, bytes])).toEqual(headers);
          expect(record.headers.map(([, { text }]) => text)).toEqual(
            headers.map(([, content]) => content.toString()),
          );
        },
      ),
    );
  });

  test('never throws, whatever it is given', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('topic', 'events'), fc.nat());
    const shaped = fc.record(
      {
        topic: field,
        partition: field,
        offset: field,
        key: field,
        value: field,
        headers: fc.array(fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shaped), (record) => {
        expect(typeof decodeRecord(record).ok).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});
