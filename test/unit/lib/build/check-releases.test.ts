import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { breakLine, checkReleases } from '../../../../lib/build/check-releases.ts';
import type { LoadedEventType } from '../../../../lib/build/load-event-types.ts';
import { recordReleases } from '../../../../lib/build/record-releases.ts';
import { releaseReport } from '../../../../lib/build/release-report.ts';
import { readReleases } from '../../../../lib/build/released-schemas.ts';
import { type DataSchema, defineEventType, type EventType } from '../../../../lib/schema/event-type.ts';

const order1 = {
  type: 'object',
  properties: {
    orderId: { type: 'string', minLength: 1 },
    email: { type: 'string', sensitive: true },
  },
  required: ['orderId'],
} as const satisfies DataSchema;
const order2 = { ...order1, properties: { ...order1.properties, note: { type: 'string' } } } as const;

const released: EventType = defineEventType({
  type: 'order.placed',
  topic: 'orders',
  bareRecords: true,
  revisions: [order1, order2],
  partitionKey: ({ orderId }) => orderId,
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'releases-'));
  await mkdir(path.join(folder, 'samples'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const inFile = (eventType: EventType, file = 'order-placed.ts'): LoadedEventType => ({
  file: path.join(folder, file),
  eventType,
});

async function release(...eventTypes: readonly LoadedEventType[]): Promise<void> {
  const before = await readReleases(folder);
  await recordReleases(folder, eventTypes, { before, decisions: before.decisions });
}

/** What a check says when the event type that was released has changed. */
async function saidOf(changed: EventType | undefined): Promise<string[]> {
  await release(inFile(released));
  const now = changed === undefined ? [] : [inFile(changed)];
  return checkReleases(now, await readReleases(folder)).breaks.map(breakLine);
}

const edited = (...revisions: [DataSchema, ...DataSchema[]]): EventType => ({ ...released, revisions });
const restore =
  'restore the released revision, and add one with a new optional property, or declare a new type';

describe('an event type that was released', () => {
  test.each<[string, EventType]>([
    ['as it was', released],
    [
      'with a new optional property in a new revision',
      edited(order1, order2, { ...order2, properties: { ...order2.properties, gift: { type: 'boolean' } } }),
    ],
    ['with a description', edited(order1, Object.assign({}, order2, { description: 'an order' }))],
    [
      'with another mark',
      edited(order1, {
        ...order2,
        properties: { ...order2.properties, note: { type: 'string', sensitive: true } },
      }),
    ],
    [
      'with another text of the same key',
      {
        ...released,
        partitionKey: (data) => String(Object.entries(data).find(([name]) => name === 'orderId')?.[1]),
      },
    ],
  ])('may be %s', async (_what, eventType) => {
    expect(await saidOf(eventType)).toEqual([]);
  });

  test.each<[string, EventType | undefined, string]>([
    [
      'removed',
      undefined,
      'type: is gone, and consumers still get its records; keep it, or stop its publishers first.',
    ],
    [
      'moved to another topic',
      { ...released, topic: 'events' },
      'topic: changes from orders to events, and consumers of orders no longer get it; keep the topic, or declare a new type for events.',
    ],
    [
      'left without bare records',
      { ...released, bareRecords: false },
      'bareRecords: is gone, and records of orders without ce_ headers are refused; keep it.',
    ],
    [
      'given a key of another property',
      { ...released, partitionKey: (data) => String(Object(data).email ?? Object(data).orderId) },
      'partitionKey: gives "email" for {"orderId":"orderId","email":"email","note":"note"}, which had the key "orderId", and events about one thing lose their order; keep the key, or declare a new type.',
    ],
    [
      'given a key in lower case',
      { ...released, partitionKey: (data) => String(Object(data).orderId).toLowerCase() },
      'partitionKey: gives "orderid" for {"orderId":"orderId","email":"email","note":"note"}, which had the key "orderId", and events about one thing lose their order; keep the key, or declare a new type.',
    ],
    [
      'edited in place',
      edited({ ...order1, required: [] }, { ...order2, required: [] }),
      `revisions[0]/required: accepts data that was not valid, which older consumers refuse; ${restore}.`,
    ],
    [
      'given a property in place',
      edited(order2, order2),
      `revisions[0]/properties/note: is added to a revision that was released, which publishers and consumers have without it; ${restore}.`,
    ],
    [
      'unmarked',
      edited(
        { ...order1, properties: { ...order1.properties, email: { type: 'string' } } },
        { ...order2, properties: { ...order2.properties, email: { type: 'string' } } },
      ),
      `revisions[0]/properties/email/sensitive: removes a sensitive mark, so that the logs show what they hid; ${restore}.`,
    ],
    ['left without a revision', edited(order1), `revisions[1]: was released and is gone; ${restore}.`],
    [
      'given a revision that requires more',
      edited(order1, order2, { ...order2, required: ['orderId', 'note'] }),
      'revisions[2]/required: refuses data that was valid, so that older records and publishers are refused; add a new optional property instead, or declare a new type.',
    ],
  ])('is reported when it is %s', async (_what, eventType, line) => {
    expect(await saidOf(eventType)).toContain(`order.placed: ${line}`);
  });

  test('is reported when a key is cut, with data long enough to show it', async () => {
    const cut: EventType = { ...released, partitionKey: (data) => String(Object(data).orderId).slice(0, 20) };
    expect((await saidOf(cut)).join()).toContain('which had the key " ORDERID-2 long long');
  });
});

describe('the record', () => {
  test('names what is not in it yet', async () => {
    await release(inFile(edited(order1)));
    const other: EventType = { ...released, type: 'order.shipped', bareRecords: false };
    const now = [inFile(released), inFile(other, 'order-shipped.ts')];
    expect(checkReleases(now, await readReleases(folder))).toEqual({
      breaks: [],
      unrecorded: ['order.placed', 'order.shipped'],
    });
  });

  test('takes only what is accepted: a newer revision and an event type that was never released stay out', async () => {
    await release(inFile(edited(order1)));
    const moved: EventType = { ...released, topic: 'events' };
    const other: EventType = { ...released, type: 'order.shipped', bareRecords: false };
    const now = [inFile(moved), inFile(other, 'order-shipped.ts')];
    const accepted = new Map([['order.placed', 1]]);
    await recordReleases(folder, now, { before: await readReleases(folder), decisions: [], accepted });
    const { eventTypes } = await readReleases(folder);
    expect(eventTypes).toEqual({
      'order.placed': expect.objectContaining({ topic: 'events', revisions: [order1] }),
    });
  });

  test('of the samples goes with the samples', async () => {
    const other: EventType = { ...released, type: 'order.shipped', bareRecords: false };
    await release(inFile(released, 'samples/order-placed.ts'), inFile(other));
    expect(await readdir(path.join(folder, 'samples'))).toEqual(['schemas.lock.json']);
    await rm(path.join(folder, 'samples'), { recursive: true });
    expect(checkReleases([inFile(other)], await readReleases(folder))).toEqual({
      breaks: [],
      unrecorded: [],
    });
  });

  test('keeps decisions, and what they accept between revisions', async () => {
    const stricter = edited(order1, order2, { ...order2, required: ['orderId', 'note'] });
    await release(inFile(released));
    const before = await readReleases(folder);
    const [found] = checkReleases([inFile(stricter)], before).breaks;
    const decision = {
      type: 'order.placed',
      reason: 'all publishers send it',
      changes: [found?.place ?? ''],
    };
    await recordReleases(folder, [inFile(stricter)], { before, decisions: [decision] });
    const after = await readReleases(folder);
    expect(after.decisions).toEqual([decision]);
    expect(checkReleases([inFile(stricter)], after)).toEqual({ breaks: [], unrecorded: [] });
  });

  test('keeps its examples of keys when a revision is released', async () => {
    await release(inFile(edited(order1)));
    const before = await readReleases(folder);
    await release(inFile(released));
    const after = await readReleases(folder);
    const keys = ({ eventTypes }: typeof after) => eventTypes['order.placed']?.partitionKeys;
    expect(keys(after)).toEqual(keys(before));
  });

  test('that is broken is named with its file', async () => {
    const file = path.join(folder, 'schemas.lock.json');
    await writeFile(file, '{"eventTypes":{"a":{}},"decisions":[]}');
    await expect(readReleases(folder)).rejects.toThrow(
      `${file}: is not a record of released schemas; restore it from version control.`,
    );
    await writeFile(file, '<<<<<<<');
    await expect(readReleases(folder)).rejects.toThrow(`${file}: Unexpected token`);
  });

  test('comes out the same each time', async () => {
    await release(inFile(released));
    const file = path.join(folder, 'schemas.lock.json');
    const first = await readFile(file, 'utf8');
    await release(inFile(released));
    expect(await readFile(file, 'utf8')).toBe(first);
  });
});

test('the event types of the service keep what was released', async () => {
  expect((await releaseReport()).breaks).toEqual([]);
});
