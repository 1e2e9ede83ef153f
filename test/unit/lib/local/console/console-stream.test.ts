import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { ConsoleCatalogue } from '../../../../../lib/local/console/console-catalogue.ts';
import { ConsoleStream } from '../../../../../lib/local/console/console-stream.ts';
import { Recorder } from '../../../../../lib/local/console/recorder.ts';
import type { Frame } from '../../../../../lib/local/console/wire.ts';
import { encodeBatch } from '../../../../support/record-batch.ts';

/** A connection of a page, whose reading can be held up. */
class Connection extends EventEmitter {
  writableNeedDrain = false;
  destroyed = false;
  readonly frames: Frame[] = [];

  write(text: string): boolean {
    this.frames.push(JSON.parse(text.replace(/^data: /, '')));
    return true;
  }
}

const recorder = new Recorder();
let next = 0;

function append(count: number): void {
  const baseOffset = next;
  next += count;
  const records = Array.from({ length: count }, (_, index) => ({
    offset: baseOffset + index,
    timestamp: 1,
    timestampType: 'CREATE_TIME' as const,
    key: null,
    value: Buffer.from(`{"id":${baseOffset + index}}`),
    headers: [],
  }));
  const batch = encodeBatch({ baseOffset, records });
  recorder.observe({ kind: 'appended', topic: 'other', partition: 0, baseOffset, recordCount: count, batch });
}

let stream: ConsoleStream;
beforeEach(() => {
  jest.useFakeTimers();
  stream = new ConsoleStream({
    recorder,
    catalogue: new ConsoleCatalogue((name) => name),
    mappings: () => [],
    faults: () => ({ functions: [], brokerDownUntil: null, duplicates: {} }),
    replay: () => undefined,
  });
});
afterEach(() => {
  stream.close();
  jest.useRealTimers();
});

function open(search = ''): Connection {
  const connection = new Connection();
  // The stream needs no more of a response than this.
  stream.open(connection as unknown as ServerResponse, search);
  return connection;
}

const places = (frame: Frame | undefined): string[] => (frame?.rows ?? []).map(({ place }) => place);

test('a page gets what there is, then what is new', () => {
  append(2);
  const page = open();
  append(1);
  jest.advanceTimersByTime(250);
  expect(places(page.frames[0])).toEqual(['other/0/0', 'other/0/1']);
  expect(places(page.frames[1])).toEqual(['other/0/2']);
});

test('what comes too fast is sampled, and counted', () => {
  const page = open();
  append(1_000);
  jest.advanceTimersByTime(250);
  expect(page.frames[1]).toMatchObject({ omitted: 960, total: next });
  expect(page.frames[1]?.rows).toHaveLength(40);
  expect(places(page.frames[1]).at(-1)).toBe(`other/0/${next - 1}`);
});

test('a page that does not read gets no frames until it does, and is told how many events it missed', () => {
  const page = open();
  page.writableNeedDrain = true;
  append(500);
  jest.advanceTimersByTime(10_000);
  expect(page.frames).toHaveLength(1);
  page.writableNeedDrain = false;
  jest.advanceTimersByTime(250);
  expect(page.frames).toHaveLength(2);
  expect(page.frames[1]?.omitted).toBe(460);
});

test('a search lists what matches', () => {
  append(50);
  const page = open(`offset:${next - 3}`);
  expect(places(page.frames[0])).toEqual([`other/0/${next - 3}`]);
});

test('at most 16 pages may look, and one that is closed makes room', () => {
  const pages = Array.from({ length: 16 }, () => open());
  expect(stream.hasRoom).toBe(false);
  pages[0]?.emit('close');
  expect(stream.hasRoom).toBe(true);
});
