import fc from 'fast-check';
import { coordinatesOf } from '../../../../lib/consume/decode-record.ts';
import { NonRetriableError } from '../../../../lib/consume/non-retriable-error.ts';
import { type BatchOptions, processBatch, type Rejection } from '../../../../lib/consume/process-batch.ts';
import type { EventContext } from '../../../../lib/consume/process-event.ts';
import {
  cloudEventHeaders,
  mskEvent,
  mskRecord,
  type RecordInput,
} from '../../../../lib/testing/msk-event.ts';
import { recordingLog } from '../../../../lib/testing/recording-log.ts';
import { message } from '../../../support/message.ts';

/** Options that write down, as `partition/offset`, what was processed and what was rejected. */
function observed(options: Partial<BatchOptions> = {}) {
  const processed: string[] = [];
  const rejections: { place: string; rejection: Rejection }[] = [];
  const log = recordingLog();
  const batchOptions: BatchOptions = {
    processEvent: (_event, { record: { partition, offset } }) => {
      processed.push(`${partition}/${offset}`);
    },
    rejectRecord: ({ received }, rejection) => {
      const at = coordinatesOf(received);
      rejections.push({ place: `${at?.partition}/${at?.offset}`, rejection });
    },
    log,
    signal: new AbortController().signal,
    deadline: Number.POSITIVE_INFINITY,
    isOutOfTime: () => false,
    logicalTopic: (topic) => topic,
    onPassedOver: () => {},
    ...options,
  };
  return { options: batchOptions, processed, rejections, log };
}

const valid = (partition: number, offset: number): RecordInput => ({
  partition,
  offset,
  value: message(offset),
});

describe('processBatch', () => {
  test('processes every record of every partition, each partition in order', async () => {
    const { options, processed } = observed();
    const event = mskEvent([valid(0, 1), valid(1, 7), valid(0, 2), valid(2, 3), valid(0, 3)]);

    expect(await processBatch(event, options)).toEqual([]);
    expect(processed.filter((place) => place.startsWith('0/'))).toEqual(['0/1', '0/2', '0/3']);
    expect([...processed].sort()).toEqual(['0/1', '0/2', '0/3', '1/7', '2/3']);
  });

  test('lets partitions proceed side by side', async () => {
    const started: string[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { options } = observed({
      processEvent: async (_event, { record }) => {
        started.push(`${record.partition}/${record.offset}`);
        if (record.partition === 0) await gate;
        else if (record.offset === 2) release();
      },
    });

    await processBatch(mskEvent([valid(0, 1), valid(0, 2), valid(1, 1), valid(1, 2)]), options);
    expect(started).toEqual(['0/1', '1/1', '1/2', '0/2']);
  });

  test('takes topic and partition from the record, not from the key, so that topic names may hold a dash', async () => {
    const { options, processed } = observed();

    await processBatch(
      {
        records: {
          'a-b-c-0': [
            mskRecord({ topic: 'a-b-c', offset: 9, value: message(1), headers: cloudEventHeaders({}) }),
          ],
        },
      },
      options,
    );
    expect(processed).toEqual(['0/9']);
  });

  test.each([
    ['text that is not JSON', { value: 'hello' }, 'malformed'],
    ['bytes that are not UTF-8', { value: Buffer.from([0x22, 0xff, 0x22]) }, 'malformed'],
    ['a tombstone', { value: null }, 'malformed'],
    ['data against its schema', { value: { id: 'x' } }, 'schema_violation'],
    [
      'an unknown type',
      { value: {}, headers: cloudEventHeaders({ type: 'nobody.knows' }) },
      'unknown_event_type',
    ],
    [
      'a broken attribute',
      { value: message(1), headers: cloudEventHeaders({ time: 'noon' }) },
      'invalid_cloudevent',
    ],
    [
      'a foreign content type',
      { value: 'x', headers: [['content-type', 'text/plain']] as const },
      'unsupported_content_type',
    ],
  ])('rejects %s and goes on with its neighbours', async (_, poison, reason) => {
    const { options, processed, rejections } = observed();

    expect(
      await processBatch(mskEvent([valid(0, 1), { offset: 2, ...poison }, valid(0, 3)]), options),
    ).toEqual([]);
    expect(processed).toEqual(['0/1', '0/3']);
    expect(rejections).toMatchObject([{ place: '0/2', rejection: { reason } }]);
  });

  test.each([
    [
      'thrown',
      () => {
        throw new NonRetriableError('no such customer');
      },
    ],
    [
      'rejected with',
      async () => {
        throw new NonRetriableError('no such customer');
      },
    ],
  ])('rejects a record when a NonRetriableError is %s', async (_, processEvent) => {
    const { options, rejections } = observed({ processEvent });

    expect(await processBatch(mskEvent([valid(0, 1)]), options)).toEqual([]);
    expect(rejections).toEqual([
      {
        place: '0/1',
        rejection: { reason: 'non_retriable_error', issues: [{ pointer: '', message: 'no such customer' }] },
      },
    ]);
  });

  test('takes work that returns something for done', async () => {
    const done: number[] = [];
    const processEvent: (_event: unknown, context: EventContext) => void = (_event, { record }) =>
      done.push(record.offset);
    const { options } = observed({ processEvent });

    expect(await processBatch(mskEvent([valid(0, 1), valid(0, 2)]), options)).toEqual([]);
    expect(done).toEqual([1, 2]);
  });

  test('stops a partition at its first failure, reports that record and all later ones, and finishes the others', async () => {
    const processed: string[] = [];
    const { options, log } = observed({
      processEvent: (_event, { record: { partition, offset } }) => {
        if (partition === 0 && offset === 2) throw new Error('database is away');
        processed.push(`${partition}/${offset}`);
      },
    });
    const event = mskEvent([valid(0, 1), valid(0, 2), valid(0, 3), valid(1, 5), valid(1, 6)]);

    expect(await processBatch(event, options)).toEqual([
      { topicPartition: 'events-0', offset: 2 },
      { topicPartition: 'events-0', offset: 3 },
    ]);
    expect([...processed].sort()).toEqual(['0/1', '1/5', '1/6']);
    expect(log.lines).toMatchObject([
      { message: 'record failed', partition: 0, offset: 2, error: { message: 'database is away' } },
    ]);
  });

  test('counts a record as failed when it could not be put aside', async () => {
    const { options } = observed({
      rejectRecord: async () => {
        throw new Error('dead letter topic is away');
      },
    });

    expect(await processBatch(mskEvent([{ offset: 1, value: 'x' }, valid(0, 2)]), options)).toEqual([
      { topicPartition: 'events-0', offset: 1 },
      { topicPartition: 'events-0', offset: 2 },
    ]);
  });

  test('fails as a whole when a failed record does not say where it is', async () => {
    const processed: string[] = [];
    const { options } = observed({
      processEvent: (_event, { record: { partition, offset } }) =>
        void processed.push(`${partition}/${offset}`),
      rejectRecord: async () => {
        throw new Error('dead letter topic is away');
      },
    });
    const event = mskEvent([valid(0, 1), valid(1, 5)]);
    const nowhere = { ...event, records: { 'events-2': [{ value: 'eA==' }], ...event.records } };

    await expect(processBatch(nowhere, options)).rejects.toThrow('A record of events-2 failed');
    expect(processed).toEqual(['0/1', '1/5']);
  });

  test('says of a failed record which trace it belongs to', async () => {
    const { options, log } = observed({
      processEvent: () => {
        throw new Error('database is away');
      },
    });
    await processBatch(mskEvent([{ ...valid(0, 1), headers: [['correlation-id', 'order-7']] }]), options);
    expect(log.lines).toMatchObject([{ message: 'record failed', correlationId: 'order-7' }]);
  });

  test('names the event and the key of a failed record', async () => {
    const { options, log } = observed({
      processEvent: () => {
        throw new Error('database is away');
      },
    });
    const headers = cloudEventHeaders({ id: 'order-7', source: '/shop' });
    await processBatch(mskEvent([{ ...valid(0, 1), key: 'zoë', headers }]), options);
    await processBatch(mskEvent([{ ...valid(0, 2), key: Buffer.from([0xff, 0x00]) }]), options);

    expect(log.lines).toMatchObject([
      { offset: 1, key: 'zoë', event: { id: 'order-7', source: '/shop', type: 'message.posted' } },
      { offset: 2, keyBase64: '/wA=', event: { id: 'events/0/2', type: 'message.posted' } },
    ]);
    expect(log.lines[1]).not.toHaveProperty('key');
  });

  test('says of a rejected record what could be read of it', async () => {
    const told: unknown[] = [];
    const { options } = observed({ rejectRecord: (_record, _rejection, fields) => void told.push(fields) });
    const headers = cloudEventHeaders({ id: 'order-7' });
    await processBatch(
      mskEvent([
        { offset: 1, key: 'a', value: { id: 'x' }, headers },
        { offset: 2, key: 'b', value: 'not JSON', headers },
      ]),
      options,
    );
    await processBatch({ records: { 'events-0': [{ ...mskRecord({ offset: 3 }), key: '§' }] } }, options);

    expect(told).toMatchObject([
      { offset: 1, key: 'a', event: { id: 'order-7', type: 'message.posted' }, reason: 'schema_violation' },
      { offset: 2, key: 'b', event: { id: 'order-7', type: 'message.posted' }, reason: 'malformed' },
      { topic: 'events', partition: 0, offset: 3, reason: 'malformed', issues: [{ pointer: '/key' }] },
    ]);
  });

  test.each<[what: string, value: string | null, headers: [string, string][]]>([
    ['is not JSON', 'x', [['ce_type', 'order.placed']]],
    [
      'claims several types, the last of which counts',
      'x',
      [
        ['ce_type', 'order.shipped'],
        ['ce_type', 'order.placed'],
      ],
    ],
    ['is a tombstone', null, [['ce_type', 'order.placed']]],
    ['lacks an id', '{"type":"order.placed"}', [['content-type', 'application/cloudevents+json']]],
    ['breaks off', '{"type":"order.placed","id":', [['content-type', 'application/cloudevents+json']]],
  ])(
    'hides the key of a record that %s, when its type marks anything as sensitive',
    async (_, value, headers) => {
      const told: unknown[] = [];
      const { options } = observed({ rejectRecord: (_record, _rejection, fields) => void told.push(fields) });
      await processBatch(mskEvent([{ offset: 1, key: 'zoe@example.com', value, headers }]), options);
      expect(told).toMatchObject([{ offset: 1, key: '[redacted]' }]);
    },
  );

  test('says why a record was rejected although it could not be put aside', async () => {
    const { options, log } = observed({
      rejectRecord: async () => {
        throw new Error('The dead letter topic events.dlq did not take the record');
      },
    });
    await processBatch(mskEvent([{ offset: 1, key: 'a', value: { id: 1 } }]), options);

    expect(log.lines).toMatchObject([
      {
        message: 'record failed',
        offset: 1,
        key: 'a',
        event: { type: 'message.posted' },
        reason: 'schema_violation',
        issues: expect.arrayContaining([{ pointer: '/data/message', message: 'Is missing.' }]),
        error: { message: expect.stringContaining('events.dlq') },
      },
    ]);
  });

  test('takes bare records of a topic with a prefix for the type of its logical name', async () => {
    const { options, processed } = observed({ logicalTopic: (topic) => topic.replace('test.', '') });
    await processBatch(mskEvent([{ ...valid(0, 1), topic: 'test.events' }]), options);
    expect(processed).toEqual(['0/1']);
  });

  test('stops before the next record when there is no time left, and reports the rest', async () => {
    let time = 2;
    const { options, processed } = observed({ isOutOfTime: () => time-- <= 0 });

    expect(await processBatch(mskEvent([valid(0, 1), valid(0, 2), valid(0, 3)]), options)).toEqual([
      { topicPartition: 'events-0', offset: 3 },
    ]);
    expect(processed).toEqual(['0/1', '0/2']);
  });

  test('refuses what is not an event of a Kafka event source mapping', async () => {
    await expect(processBatch({ Records: [] }, observed().options)).rejects.toMatchObject({
      code: 'malformed',
    });
  });

  test('accounts for every record exactly once, whatever fails', async () => {
    const fates = fc.array(fc.tuple(fc.nat(3), fc.constantFrom('good', 'poison', 'failing')), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(fates, async (records) => {
        const inputs = records.map(
          ([partition, fate], offset): RecordInput => ({
            partition,
            offset,
            value: fate === 'poison' ? 'x' : { ...message(offset), message: fate },
          }),
        );
        const done: number[] = [];
        const { options, rejections } = observed({
          processEvent: async (event, { record }) => {
            if (Object(event.data).message === 'failing') throw new Error('later');
            done.push(record.offset);
          },
        });

        const unprocessed = await processBatch(mskEvent(inputs), options);

        const accounted = [
          ...done,
          ...rejections.map(({ place }) => Number(place.split('/')[1])),
          ...unprocessed.map(({ offset }) => offset),
        ];
        expect(accounted.sort((a, b) => a - b)).toEqual(records.map((_, offset) => offset));
      }),
    );
  });
});
