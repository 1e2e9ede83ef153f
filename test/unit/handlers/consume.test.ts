import { type Consuming, createConsumeHandler } from '../../../handlers/consume.ts';
import type { KafkaRecord } from '../../../lib/kafka/record.ts';
import { recordingLog } from '../../support/log-lines.ts';
import { message, mskEvent } from '../../support/msk-event.ts';

/** A handler whose work, dead letters and log can be looked at. */
function consumer(options: Partial<Consuming> = {}) {
  const deadLetters: KafkaRecord[] = [];
  const log = recordingLog({ requestId: 'request-1' });
  const handler = createConsumeHandler({
    processEvent: () => {},
    deadLetterQueue: { topic: 'events.dlq', write: async (record) => void deadLetters.push(record) },
    reportBatchItemFailures: true,
    log: () => log,
    ...options,
  });
  return { handler, deadLetters, lines: log.lines };
}

function context(remainingMs = 30_000) {
  const end = Date.now() + remainingMs;
  return {
    awsRequestId: 'request-1',
    functionName: 'consume',
    getRemainingTimeInMillis: () => end - Date.now(),
  };
}

const failAtOffset2: Consuming['processEvent'] = ({ record }) => {
  if (record.offset === 2) throw new Error('database is away');
};
const fails = () => Promise.reject(new Error('not enough replicas'));
const threeMessages = mskEvent([1, 2, 3].map((offset) => ({ offset, value: message(offset) })));

describe('consume', () => {
  test('answers that nothing failed when everything was processed', async () => {
    expect(await consumer().handler(threeMessages, context())).toEqual({ batchItemFailures: [] });
  });

  test('reports the failed record and what follows it, as Kafka mappings understand it', async () => {
    expect(await consumer({ processEvent: failAtOffset2 }).handler(threeMessages, context())).toEqual({
      batchItemFailures: [
        { itemIdentifier: { partition: 'events-0', offset: 2 } },
        { itemIdentifier: { partition: 'events-0', offset: 3 } },
      ],
    });
  });

  test('throws one error that says what failed when the mapping does not take partial responses', async () => {
    const { handler } = consumer({ processEvent: failAtOffset2, reportBatchItemFailures: false });

    await expect(handler(threeMessages, context())).rejects.toThrow(
      '2 records were not processed: events-0 from offset 2',
    );
  });

  test('dead-letters a rejected record and logs it with reason and coordinates', async () => {
    const { handler, deadLetters, lines } = consumer();
    const event = mskEvent([{ offset: 4, value: 'not JSON' }]);

    expect(await handler(event, context())).toEqual({ batchItemFailures: [] });
    expect(deadLetters.map(({ value }) => String(value))).toEqual(['not JSON']);
    expect(lines).toMatchObject([
      {
        message: 'record rejected',
        requestId: 'request-1',
        topic: 'events',
        partition: 0,
        offset: 4,
        reason: 'malformed',
      },
    ]);
  });

  test('does not write dead letters to the topic that it consumes, which would fill without end', async () => {
    const { handler, deadLetters, lines } = consumer({ deadLetterQueue: { topic: 'events', write: fails } });
    const event = mskEvent([{ topic: 'events', offset: 4, value: 'not JSON' }]);

    expect(await handler(event, context())).toMatchObject({ batchItemFailures: [{}] });
    expect(deadLetters).toEqual([]);
    expect(lines).toMatchObject([
      { message: 'record failed', error: { message: expect.stringContaining('KAFKA_DEAD_LETTER_TOPIC') } },
    ]);
  });

  test('reports a rejected record as failed when the dead letter topic did not take it', async () => {
    const { handler, lines } = consumer({
      deadLetterQueue: { topic: 'events.dlq', write: fails },
    });

    expect(await handler(mskEvent([{ offset: 4, value: 'not JSON' }]), context())).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: 'events-0', offset: 4 } }],
    });
    expect(lines).toMatchObject([{ message: 'record failed', offset: 4 }]);
  });

  test('stops in time when the work blocks, and reports what was not reached', async () => {
    const ends = performance.now() + 400;
    const { handler } = consumer({
      processEvent: () => {
        while (performance.now() < ends) {
          // Busy, as a tight loop in someone's code would be.
        }
      },
    });

    expect(await handler(threeMessages, context(500))).toEqual({
      batchItemFailures: [
        { itemIdentifier: { partition: 'events-0', offset: 2 } },
        { itemIdentifier: { partition: 'events-0', offset: 3 } },
      ],
    });
  });

  test('tells the work through its signal that the time is running out', async () => {
    const { handler } = consumer({
      processEvent: (_, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('given up'))),
        ),
    });

    const answer = await handler(mskEvent([{ offset: 1, value: message(1) }]), context(200));
    expect(answer.batchItemFailures).toHaveLength(1);
  });
});
