import { type Claim, deduplicated, type ProcessedEvents } from '../../../../lib/consume/deduplication.ts';
import { processBatch } from '../../../../lib/consume/process-batch.ts';
import { cloudEventHeaders, mskEvent } from '../../../../lib/testing/msk-event.ts';
import { recordingLog } from '../../../../lib/testing/recording-log.ts';
import { message } from '../../../support/message.ts';

function store(failing: Partial<Claim> = {}): ProcessedEvents {
  const keys = new Map<string, 'begun' | 'complete'>();
  return {
    claim: async (key) => {
      if (keys.get(key) === 'begun') throw new Error('at work');
      if (keys.has(key)) return undefined;
      keys.set(key, 'begun');
      return {
        complete: async () => void keys.set(key, 'complete'),
        abandon: async () => void keys.delete(key),
        ...failing,
      };
    },
  };
}

const options = {
  signal: new AbortController().signal,
  deadline: Number.POSITIVE_INFINITY,
  isOutOfTime: () => false,
  rejectRecord: () => {},
  logicalTopic: (topic: string) => topic,
  onPassedOver: () => {},
};
const record = (offset: number, id: string, source = '/a') => ({
  offset,
  value: message(offset),
  headers: cloudEventHeaders({ id, source }),
});

describe('deduplicated', () => {
  test('does the work once for each source and id, and logs what it skips', async () => {
    const done: number[] = [];
    const log = recordingLog();
    const processEvent = deduplicated(store(), (_, { record: { offset } }) => void done.push(offset));

    await processBatch(mskEvent([record(1, 'x'), record(2, 'x', '/b'), record(3, 'x')]), {
      ...options,
      processEvent,
      log,
    });

    expect(done).toEqual([1, 2]);
    expect(log.lines).toMatchObject([{ message: 'event skipped', offset: 3, source: '/a', id: 'x' }]);
  });

  test('does the work again when it failed the first time', async () => {
    let attempts = 0;
    const processEvent = deduplicated(store(), () => {
      attempts++;
      if (attempts === 1) throw new Error('database is away');
    });
    const batch = mskEvent([record(1, 'x')]);

    expect(await processBatch(batch, { ...options, processEvent, log: recordingLog() })).toHaveLength(1);
    expect(await processBatch(batch, { ...options, processEvent, log: recordingLog() })).toEqual([]);
    expect(attempts).toBe(2);
  });

  test('tells of the work that failed, and not of the store that failed after it', async () => {
    const log = recordingLog();
    const abandon = () => Promise.reject(new Error('table is away'));
    const processEvent = deduplicated(store({ abandon }), () => {
      throw new Error('database is away');
    });
    await processBatch(mskEvent([record(1, 'x')]), { ...options, processEvent, log });

    expect(log.lines).toMatchObject([
      { message: 'event not abandoned', id: 'x', error: { message: 'table is away' } },
      { message: 'record failed', error: { message: 'database is away' } },
    ]);
  });

  test('does not remember an event that the work passes over', async () => {
    const processed = store();
    const batch = mskEvent([record(1, 'x')]);
    const passingOver = deduplicated(processed, (_, { passOver }) => passOver());
    await processBatch(batch, { ...options, processEvent: passingOver, log: recordingLog() });

    const done: number[] = [];
    const processEvent = deduplicated(processed, (_, { record: { offset } }) => void done.push(offset));
    await processBatch(batch, { ...options, processEvent, log: recordingLog() });
    expect(done).toEqual([1]);
  });

  test('fails the record when the work cannot be marked as done', async () => {
    const complete = () => Promise.reject(new Error('table is away'));
    const processEvent = deduplicated(store({ complete }), () => {});
    const batch = mskEvent([record(1, 'x')]);
    expect(await processBatch(batch, { ...options, processEvent, log: recordingLog() })).toHaveLength(1);
  });
});
