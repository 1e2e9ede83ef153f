import fc from 'fast-check';
import { deadLetterRecord, REPLAYED_HEADER } from '../../../../../lib/consume/dead-letter-record.ts';
import { replayedRecord, restoreRecord } from '../../../../../lib/operate/dead-letters/dead-letter.ts';
import { mskRecord } from '../../../../../lib/testing/msk-event.ts';
import { anyCharacter } from '../../../../support/any-character.ts';
import { rejectedRecord } from '../../../../support/rejected-record.ts';

const rejection = { reason: 'malformed', issues: [{ pointer: '/data', message: 'Must be JSON.' }] } as const;
const invocation = { functionName: 'consume', requestId: 'request-1' };
const coordinates = { topic: 'events.dlq', partition: 1, offset: 7 };

const bytes = fc.uint8Array().map((array) => Buffer.from(array));
const name = fc.string({ unit: anyCharacter }).filter((text) => text !== REPLAYED_HEADER);
/** Names of headers that an earlier rejection left, or that somebody made up. */
const rejectionName = fc
  .array(fc.constantFrom('__connect.errors.', 'kept.', 'topic', '.'), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));
const record = fc.record(
  {
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.array(
      fc.tuple(fc.oneof(name, rejectionName, fc.constantFrom('a', 'b', '1', '__proto__')), bytes),
    ),
  },
  { noNullPrototype: true },
);

/** What a replay sends for a dead letter. */
function replay(letter: ReturnType<typeof deadLetterRecord>) {
  return replayedRecord(restoreRecord(letter), coordinates);
}

test('a restored dead letter is the record that was rejected', () => {
  fc.assert(
    fc.property(record, (original) => {
      expect(
        restoreRecord(deadLetterRecord(rejectedRecord(mskRecord(original)), rejection, invocation)),
      ).toEqual(original);
    }),
  );
});

test('a replayed record that is rejected again does not gather headers', () => {
  fc.assert(
    fc.property(record, fc.integer({ min: 1, max: 4 }), (original, times) => {
      let replayed = replay(deadLetterRecord(rejectedRecord(mskRecord(original)), rejection, invocation));
      for (let time = 1; time < times; time++) {
        const again = mskRecord({ ...replayed, headers: [...replayed.headers] });
        replayed = replay(deadLetterRecord(rejectedRecord(again), rejection, invocation));
      }

      expect(replayed).toEqual({
        ...original,
        headers: [...original.headers, [REPLAYED_HEADER, Buffer.from('events.dlq/1/7')]],
      });
    }),
  );
});
