import fc from 'fast-check';
import { decodeRecord } from '../../../lib/consume/decode-record.ts';
import { kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import { openProducer } from '../../../lib/kafka/producer/open-producer.ts';
import type { KafkaRecord } from '../../../lib/kafka/record.ts';
import { createLog } from '../../../lib/log.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { recordingFunction, startKafkaFixture } from '../../support/event-source-mapping.ts';
import { sendTo } from '../../support/send-to.ts';

test('any bytes in key, value and headers come through producer, broker, mapping and decoder unchanged', async () => {
  const kafka = await startKafkaFixture({ partitions: 1 });
  const fn = recordingFunction();
  const configuration = kafkaConfiguration({ KAFKA_BROKERS: kafka.brokers });
  const producer = openProducer(configuration, createLog({ write: () => {} }));
  await kafka.startMapping(fn);

  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  // A name of its own each: the order of different names and of repeated ones is tested with the consumer.
  const headers = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), bytes), {
    selector: ([name]) => name,
    maxLength: 5,
  });
  const record: fc.Arbitrary<KafkaRecord> = fc.record({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers,
  });
  const received = () => fn.events.flatMap(({ records }) => Object.values(records).flat());
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (records) => {
        const before = received().length;
        await sendTo(producer, kafka.topic, records, Date.now() + 10_000);
        await eventually('all records are delivered', () => received().length >= before + records.length);

        const decoded = received()
          .slice(before)
          .map((element) => decodeRecord(element));
        expect(
          decoded.map((result) =>
            result.ok ? [result.value.key?.bytes, result.value.value?.bytes] : result,
          ),
        ).toEqual(records.map(({ key, value }) => [key ?? undefined, value ?? undefined]));
        expect(
          decoded.map((result) =>
            result.ok ? result.value.headers.map(([name, { bytes }]) => [name, bytes]) : result,
          ),
        ).toEqual(records.map((sent) => sent.headers));
      }),
      { numRuns: 50, endOnFailure: true },
    );
  } finally {
    await producer.disconnect();
    await kafka.stop();
  }
});
