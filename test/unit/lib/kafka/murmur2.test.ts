import fc from 'fast-check';
import murmur2OfKafkajs from 'kafkajs/src/producer/partitioners/default/murmur2';
import { murmur2 } from '../../../../lib/kafka/murmur2.ts';
import { keyHashes } from '../../../support/key-hashes.ts';

describe('the hash of a key', () => {
  test.each(keyHashes)('"%s" is the one of the Java client', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  test('is the one of kafkajs for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const key = Buffer.from(bytes);
        expect(murmur2(key)).toBe(murmur2OfKafkajs(key));
      }),
    );
  });
});
