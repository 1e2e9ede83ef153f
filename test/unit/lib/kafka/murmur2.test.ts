import fc from 'fast-check';
import murmur2OfKafkajs from 'kafkajs/src/producer/partitioners/default/murmur2';
import { murmur2 } from '../../../../lib/kafka/murmur2.ts';

describe('the hash of a key', () => {
  // Apache Kafka, UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('"%s" is the one of the Java client', (key, hash) => {
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
