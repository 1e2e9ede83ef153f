import { deduplicated, type ProcessedEvents } from '../../../../lib/consume/deduplication.ts';
import { processBatch } from '../../../../lib/consume/process-batch.ts';
import { recordingLog } from '../../../support/log-lines.ts';
import { cloudEventHeaders, message, mskEvent } from '../../../support/msk-event.ts';

function store(): ProcessedEvents {
  const keys = new Set<string>();
  return { has: async (key) => keys.has(key), add: async (key) => void keys.add(key) };
}

const options = { signal: new AbortController().signal, isOutOfTime: () => false, rejectRecord: () => {} };
const record = (offset: number, id: string, source = '/a') => ({
  offset,
  value: message(offset),
  headers: cloudEventHeaders({ id, source }),
});

describe('deduplicated', () => {
  test('does the work once for each source and id, and logs what it skips', async () => {
    const done: number[] = [];
    const log = recordingLog();
    const processEvent = deduplicated(store(), ({ record: { offset } }) => void done.push(offset));

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
});
