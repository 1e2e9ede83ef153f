import {
  type Consuming,
  consumeHandler,
  createConsumeHandler,
} from '../../../../lib/consume/consume-handler.ts';
import { processByType } from '../../../../lib/consume/process-event.ts';
import { ServiceError } from '../../../../lib/errors.ts';
import type { KafkaRecord } from '../../../../lib/kafka/record.ts';
import { cloudEventHeaders, mskEvent, mskRecord } from '../../../../lib/testing/msk-event.ts';
import { recordingLog } from '../../../../lib/testing/recording-log.ts';
import { startFaultyTable } from '../../../support/idempotency-table.ts';
import { message } from '../../../support/message.ts';
import { validData } from '../../../support/valid-data.ts';

/** A handler whose work, dead letters and log can be looked at. */
function consumer(options: Partial<Consuming> = {}) {
  const deadLetters: (KafkaRecord & { readonly topic: string })[] = [];
  const log = recordingLog({ requestId: 'request-1' });
  const handler = createConsumeHandler({
    processEvent: () => {},
    deadLetterQueue: {
      topicFor: (topic) => `${topic}.dlq`,
      write: async (topic, record) => void deadLetters.push({ topic, ...record }),
    },
    reportBatchItemFailures: true,
    logicalTopic: (topic) => topic,
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

const failAtOffset2: Consuming['processEvent'] = (_, { record }) => {
  if (record.offset === 2) throw new Error('database is away');
};
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

  test('holds back the answer about a record that keeps failing, and never beyond its time', async () => {
    const { handler } = consumer({ processEvent: failAtOffset2 });
    const held = async (remainingMs?: number) => {
      const before = performance.now();
      await handler(threeMessages, context(remainingMs));
      return performance.now() - before;
    };
    await held();
    expect(await held()).toBeGreaterThanOrEqual(99);
    // Ten seconds after so many failures, of which the time of the function leaves little.
    for (let failures = 0; failures < 8; failures++) await held(100);
    expect(await held(100)).toBeLessThan(5_000);
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
        // Not dropped at any LOG_LEVEL: an alarm counts these lines.
        level: 'error',
        message: 'record rejected',
        requestId: 'request-1',
        topic: 'events',
        partition: 0,
        offset: 4,
        reason: 'malformed',
      },
    ]);
  });

  test('dead-letters a record of each topic to the dead letter topic of that topic', async () => {
    const { handler, deadLetters, lines } = consumer();
    const event = mskEvent([
      { topic: 'events', value: 'not JSON' },
      { topic: 'payments', value: 'not JSON' },
    ]);
    const nowhere = { ...mskRecord(), partition: '0' };
    await handler(event, context());
    await handler({ records: { 'orders-v1-0': [nowhere] } }, context());

    const topics = ['events.dlq', 'payments.dlq', 'orders-v1.dlq'];
    expect(deadLetters.map(({ topic }) => topic)).toEqual(topics);
    expect(lines.map(({ deadLetterTopic }) => deadLetterTopic)).toEqual(topics);
  });

  test('reports a rejected record as failed when the dead letter topic did not take it, and logs both', async () => {
    const { handler, lines } = consumer({
      deadLetterQueue: {
        topicFor: (topic) => `${topic}.dlq`,
        write: async (topic) => {
          const cause = new ServiceError('delivery_refused', 'not enough replicas');
          throw new ServiceError('delivery_refused', `The dead letter topic ${topic} did not take it`, {
            cause,
          });
        },
      },
    });
    const headers = cloudEventHeaders({ id: 'order-7' });

    expect(await handler(mskEvent([{ offset: 4, key: 'k', value: {}, headers }]), context())).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: 'events-0', offset: 4 } }],
    });
    expect(lines).toMatchObject([
      {
        message: 'record failed',
        topic: 'events',
        partition: 0,
        offset: 4,
        key: 'k',
        event: { id: 'order-7', type: 'message.posted' },
        reason: 'schema_violation',
        issues: expect.arrayContaining([{ pointer: '/data/id', message: 'Is missing.' }]),
        error: {
          code: 'delivery_refused',
          message: expect.stringContaining('events.dlq'),
          cause: { message: 'not enough replicas' },
        },
      },
    ]);
  });

  test('passes over types that the work does not name, counts them once, and rejects unknown ones', async () => {
    const placed: string[] = [];
    const { handler, deadLetters, lines } = consumer({
      processEvent: processByType({ 'order.placed': (event) => void placed.push(event.data.orderId) }),
    });
    const event = (type: string, value: unknown) => ({ value, headers: cloudEventHeaders({ type }) });
    const records = [
      event('order.placed', validData['order.placed']),
      event('order.shipped', validData['order.shipped']),
      event('message.posted', message(1)),
      event('order.shipped', validData['order.shipped']),
      event('nobody.knows', {}),
    ];

    expect(await handler(mskEvent(records), context())).toEqual({ batchItemFailures: [] });
    expect(placed).toEqual(['order-1']);
    expect(deadLetters).toHaveLength(1);
    expect(lines).toMatchObject([
      { message: 'record rejected', reason: 'unknown_event_type', event: { type: 'nobody.knows' } },
      {
        level: 'info',
        message: 'events passed over',
        types: { 'order.shipped': 2, 'message.posted': 1 },
      },
    ]);
  });

  test('stops in time when the work blocks, and reports what was not reached', async () => {
    let remainingMs = 30_000;
    const { handler } = consumer({
      // No timer fires meanwhile, as in a tight loop in someone's code.
      processEvent: () => {
        remainingMs = 100;
      },
    });

    const shrinking = { ...context(), getRemainingTimeInMillis: () => remainingMs };
    expect(await handler(threeMessages, shrinking)).toEqual({
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

describe('consumeHandler', () => {
  test('does not write dead letters to the topic that it consumes, which would fill without end', async () => {
    const written: string[] = [];
    const write = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => written.push(String(text)) > 0);
    const handler = consumeHandler(
      { processEvent: () => {} },
      { KAFKA_DEAD_LETTER_TOPIC: 'events', REPORT_BATCH_ITEM_FAILURES: 'true' },
    );
    const answer = await handler(mskEvent([{ offset: 4, value: 'not JSON' }]), context());
    write.mockRestore();

    expect(answer).toMatchObject({ batchItemFailures: [{}] });
    expect(written.map((line) => JSON.parse(line))).toMatchObject([
      {
        message: 'record failed',
        reason: 'malformed',
        error: { code: 'configuration_error', message: expect.stringContaining('KAFKA_DEAD_LETTER_TOPIC') },
      },
    ]);
  });

  test('processes each event once with an idempotency table, whichever execution environment gets it', async () => {
    const { tableName, endpoint } = await startFaultyTable();
    const environment = {
      REPORT_BATCH_ITEM_FAILURES: 'true',
      IDEMPOTENCY_TABLE: tableName,
      IDEMPOTENCY_ENDPOINT: endpoint,
      AWS_LAMBDA_FUNCTION_NAME: 'consume',
      LOG_LEVEL: 'error',
    };
    const effects: number[] = [];
    const processEvent: Consuming['processEvent'] = (_, { record }) => void effects.push(record.offset);
    const batch = mskEvent(
      [1, 2].map((offset) => ({
        offset,
        value: message(offset),
        headers: cloudEventHeaders({ id: `event-${offset}` }),
      })),
    );
    for (const handler of [1, 2].map(() => consumeHandler({ processEvent }, environment))) {
      expect(await handler(batch, context())).toEqual({ batchItemFailures: [] });
    }
    expect(effects).toEqual([1, 2]);
  });
});
