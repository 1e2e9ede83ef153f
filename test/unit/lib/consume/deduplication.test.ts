import { deduplicated, type ProcessedEvents } from '../../../../lib/consume/deduplication.ts';
import { processBatch } from '../../../../lib/consume/process-batch.ts';
import { recordingLog } from '../../../support/log-lines.ts';
import { cloudEventHeaders, message, mskEvent } from '../../../support/msk-event.ts';

function store(): ProcessedEvents {
  const keys = new Map<string, 'begun' | 'complete'>();
  return {
    begin: async (key) => {
      if (keys.get(key) === 'begun') throw new Error('at work');
      const isNew = !keys.has(key);
      if (isNew) keys.set(key, 'begun');
      return isNew;
    },
    complete: async (key) => void keys.set(key, 'complete'),
    abandon: async (key) => void keys.delete(key),
  };
}

const options = {
  signal: new AbortController().signal,
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
    const processEvent = deduplicated({ ...store(), abandon }, () => {
      throw new Error('database is away');
    });
    await processBatch(mskEvent([record(1, 'x')]), { ...options, processEvent, log });

    expect(log.lines).toMatchObject([
      { message: 'event not abandoned', id: 'x', error: { message: 'table is away' } },
      { message: 'record failed', error: { message: 'database is away' } },
    ]);
  });
});
