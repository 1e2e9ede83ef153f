import { readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createTerminalLog } from '../../../../../lib/local/start/terminal-log.ts';

let written = '';
const log = () => {
  written = '';
  const write = createTerminalLog((text) => {
    written += text;
  });
  return (...lines: unknown[]) => {
    for (const line of lines) write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
    return stripVTControlCharacters(written).trimEnd().split('\n');
  };
};

const consumed = {
  level: 'info',
  timestamp: '2026-01-02T03:04:05.678Z',
  message: 'event consumed',
  requestId: 'request',
  topic: 'events',
  partition: 2,
  offset: 7,
  key: '1',
  correlationId: 'correlation',
  event: { type: 'message.posted', id: 'id-1', source: '/events', data: { id: 1 } },
};
const failed = (offset: number, attempt: number) => ({
  level: 'warn',
  message: 'the function did not process its batch',
  reason: 'no way',
  attempt,
  nextAttemptInMs: 10_000,
  records: { 'events-0': [offset, offset] },
});

describe('lines for eyes', () => {
  test('tell time, level, message, type, place and id, then the rest', () => {
    const [line] = log()(consumed);
    expect(line).toMatch(
      /^\d\d:\d\d:\d\d {2}INFO {3}event consumed {2}message\.posted {2}events\/2@7 {2}id-1 {2}key=1 {2}data=\{"id":1\}$/,
    );
  });

  test('are coloured by level', () => {
    log()({ level: 'error', message: 'a' });
    expect(written).toContain('\u001b[31mERROR\u001b[0m');
  });

  test("tell the message of an error, and of its stack the frames of one's own code", () => {
    const own = [
      'at work (handlers/consume.ts:3:4)',
      'at async bill (/service/lib/orders/bill.ts:7:1)',
      'at Object.partitionKey (C:\\service\\lib\\schema\\event-types\\user-renamed.ts:9:3)',
    ];
    const framework = [
      'at attempt (lib/retry.ts:1:1)',
      'at async processRecord (/service/lib/consume/process-batch.ts:3:4)',
      'at validate (C:\\service\\lib\\schema\\validation.ts:3:4)',
      'at Socket.emit (/service/node_modules/kafkajs/src/network/connection.js:1:1)',
      'at node:internal/x:1:1',
      'at process.processTicksAndRejections (node:internal/process/task_queues:103:5)',
    ];
    const stack = ['Error: no way', ...own, ...framework].join('\n    ');
    const failure = { level: 'error', message: 'record failed', error: { message: 'no way', stack } };
    expect(log()(failure)).toEqual([
      expect.stringMatching(/record failed {2}no way$/),
      ...own.map((frame) => `    ${frame}`),
      '    … 6 framework frames',
    ]);
  });

  test("fold a stack that has no frame of one's own code into one line", () => {
    const stack = 'Error: no way\n    at attempt (lib/retry.ts:1:1)';
    const lines = log()({ level: 'error', message: 'delivery failed', error: { message: 'no way', stack } });
    expect(lines.slice(1)).toEqual(['    … 1 framework frame']);
  });

  // Those that hold a source file: git leaves empty folders behind when it changes branches.
  const folders = readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes(sep) && path.endsWith('.ts'))
    .map((path) => path.split(sep)[0])
    .filter((folder) => folder !== 'schema');
  test.each([...new Set(folders)])('know lib/%s as a folder of the framework', (folder) => {
    const stack = `Error: a\n    at run (lib/${folder}/file.ts:1:1)`;
    expect(log()({ level: 'error', message: 'a', error: { message: 'a', stack } })[1]).toContain('framework');
  });

  test('fold failures that repeat: the first is shown, then ever fewer', () => {
    const write = log();
    for (let attempt = 1; attempt <= 100; attempt += 1) write(failed(7, attempt));
    const attempts = stripVTControlCharacters(written).match(/attempt \d+, next in 10 s/g);
    expect(attempts).toEqual([1, 2, 4, 8, 16, 32, 64].map((attempt) => `attempt ${attempt}, next in 10 s`));
  });

  test('say that an attempt was the last', () => {
    expect(log()({ ...failed(7, 3), nextAttemptInMs: undefined })[0]).toContain('attempt 3, the last');
  });

  test('do not fold failures of other records', () => {
    expect(log()(failed(1, 1), failed(2, 1), failed(3, 1))).toHaveLength(3);
  });

  test('do not fold failures that say something else', () => {
    const lines = ['a', 'b', 'c'].map((sku) => ({ level: 'warn', message: 'stock is low', sku }));
    expect(log()(...lines)).toHaveLength(3);
  });

  test('show all that the work says of one record', () => {
    const place = { topic: 'orders', partition: 0, offset: 7, requestId: 'a' };
    const lines = ['a', 'b', 'c'].map((sku) => ({ level: 'warn', message: 'sku unknown', ...place, sku }));
    expect(log()(...lines)).toHaveLength(3);
  });

  test('fold what the work says of one record again and again', () => {
    const line = {
      level: 'warn',
      message: 'sku unknown',
      topic: 'orders',
      partition: 0,
      offset: 7,
      sku: 'a',
    };
    expect(log()(...['1', '2', '3'].map((requestId) => ({ ...line, requestId })))).toHaveLength(2);
  });

  test('show each failed build, with its whole reason', () => {
    const line = { level: 'error', message: 'the build failed, the functions are unchanged' };
    const reason = `user-renamed.ts: ${'x'.repeat(300)}`;
    const lines = log()({ ...line, reason }, { ...line, reason }, { ...line, reason });
    expect(lines).toHaveLength(3);
    expect(lines[2]).toContain(reason);
  });

  test('leave out problems in the system log of a mapping, which the run reports itself', () => {
    const problem = { eventType: 'ESM_PROCESSING_EVENT', logLevel: 'WARN', error: { errorMessage: 'a' } };
    expect(log()(problem, { level: 'info', message: 'b' })).toEqual([expect.stringContaining('b')]);
  });

  test.each([
    ['an escape in a message', { message: '\u001b[2Ja' }, '\\u{1b}[2Ja'],
    ['C1 in data', { message: 'a', event: { data: { a: '\u009b' } } }, '\\u{9b}'],
    ['a turned direction in an id', { message: 'a', event: { id: '\u202e' } }, '\\u{202e}'],
    ['a line separator in a type', { message: 'a', event: { type: '\u2028' } }, '\\u{2028}'],
    ['an escape in a topic', { message: 'a', topic: '\u001b' }, '\\u{1b}'],
  ])('never obey %s', (_case, line, expected) => {
    expect(log()({ level: 'info', ...line }).join('')).toContain(expected);
  });

  test('pass on other output, without what a terminal would obey', () => {
    expect(log()('hello', '{"no": "log line"}', '\u001b]0;title\u0007')).toEqual([
      'hello',
      '{"no": "log line"}',
      '\\u{1b}]0;title\\u{7}',
    ]);
  });
});
