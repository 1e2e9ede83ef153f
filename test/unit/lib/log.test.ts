import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { ServiceError } from '../../../lib/errors.ts';
import { createLog, type LogFields, type LogOptions } from '../../../lib/log.ts';
import { type LogLine, recordingLog } from '../../../lib/testing/recording-log.ts';

/** What one call writes, parsed. */
function logged(fields: LogFields): LogLine {
  const log = recordingLog();
  log.info('something happened', fields);
  const [line] = log.lines;
  if (line === undefined) throw new Error('Nothing was written.');
  return line;
}

describe('createLog', () => {
  afterEach(() => jest.restoreAllMocks());

  test('writes one JSON line with level, timestamp, message and fields', () => {
    const lines: string[] = [];
    const log = createLog({ write: (line) => lines.push(line), level: 'info', fields: { requestId: 'r-1' } });
    log.info('event consumed', { topic: 'events', text: 'two\nlines' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      message: 'event consumed',
      requestId: 'r-1',
      topic: 'events',
      text: 'two\nlines',
    });
  });

  test.each<[LogOptions['level'], string[]]>([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ])('at level %s writes %j', (level = 'info', written) => {
    const lines: string[] = [];
    const log = createLog({ level, write: (line) => lines.push(JSON.parse(line).level) });
    log.debug('');
    log.info('');
    log.warn('');
    log.error('');
    expect(lines).toEqual(written);
  });

  test('hands a terminal no character that it would obey, and means the same', () => {
    const lines: string[] = [];
    const text = '\u009b2J\u2028\u202etxt.exe';
    createLog({ write: (line) => lines.push(line) }).info('event consumed', { data: { [text]: text } });
    expect(lines[0]).not.toMatch(/[\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
    expect(JSON.parse(lines[0] ?? '').data).toEqual({ [text]: text });
  });

  test('lets no field take the place of level, time or message', () => {
    const lines: string[] = [];
    createLog({ write: (line) => lines.push(line) }).warn('kept', { level: 'debug', message: 'other', a: 1 });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', message: 'kept', a: 1 });
  });

  describe('on standard output', () => {
    const printed = (): { written: string[]; log: ReturnType<typeof createLog> } => {
      const written: string[] = [];
      jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
      return { written, log: createLog({ level: 'info' }) };
    };

    test('writes the lines of one turn at once, and those of the next at theirs', async () => {
      const { written, log } = printed();
      log.info('hello');
      log.info('again');
      await Promise.resolve();
      log.info('later');
      await Promise.resolve();
      expect(written).toEqual([
        expect.stringMatching(/^{"level":"info",.*"message":"hello"}\n{.*"message":"again"}\n$/),
        expect.stringMatching(/^{.*"message":"later"}\n$/),
      ]);
    });

    test('keeps the order with what else is printed', async () => {
      const { written, log } = printed();
      log.info('first');
      process.stdout.write('second\n');
      log.info('third');
      process.stdout.write('fourth\n');
      process.stdout.write('fifth\n');
      await Promise.resolve();
      const inOrder = ['"first"}', 'second', '"third"}', 'fourth', 'fifth'];
      expect(written).toEqual(inOrder.map((text) => expect.stringMatching(new RegExp(`${text}\\n$`))));
    });

    test('keeps the order with what is printed through a replacement of the stream that was made meanwhile', async () => {
      const { written, log } = printed();
      for (const turn of ['first', 'second']) {
        log.info(turn);
        const inner = process.stdout.write;
        Object.assign(process.stdout, {
          write: (text: string) => Reflect.apply(inner, process.stdout, [`+${text}`]),
        });
        process.stdout.write(`${turn} printed\n`);
        log.info(`${turn} again`);
        await Promise.resolve();
      }
      const texts = [
        '"first"}',
        '+first printed',
        '"first again"}',
        '"second"}',
        '+second printed',
        '"second again"}',
      ];
      expect(written).toEqual(texts.map((text) => expect.stringContaining(text)));
    });

    test('does not wait past the size of a pipe', () => {
      const { written, log } = printed();
      for (let line = 0; line < 100; line++) log.info('line', { text: 'x'.repeat(1_000) });
      expect(written.length).toBeGreaterThan(0);
    });

    test('does not wait past a tenth of a second', () => {
      const { written, log } = printed();
      const now = jest.spyOn(Date, 'now').mockReturnValue(1_000);
      log.info('first');
      now.mockReturnValue(1_200);
      log.info('second');
      expect(written).toEqual([expect.stringMatching(/"first"}\n.*"second"}\n$/)]);
    });

    test('loses no line when the process exits, or ends by what is thrown', async () => {
      const outputOf = (end: string): string => {
        const script = `const { createLog } = require('./lib/log.ts'); createLog({ level: 'info' }).info('last words'); ${end}`;
        const node = spawnSync(process.execPath, [
          '--import',
          'tsx',
          '--input-type=commonjs',
          '--eval',
          script,
        ]);
        return node.stdout.toString();
      };
      expect(outputOf('process.exit(3)')).toContain('last words');
      expect(outputOf('throw new Error("crash")')).toContain('last words');
      expect(outputOf('')).toContain('last words');
    });
  });

  test('writes what JSON.stringify would', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything({ withBigInt: false })), (fields) => {
        const line = logged({ fields });
        expect(line.fields).toEqual(JSON.parse(JSON.stringify({ fields })).fields);
      }),
    );
  });

  describe('without a level', () => {
    test.each([
      ['debug', 4],
      ['INFO', 3],
      ['Warn', 2],
      ['error', 1],
      ['verbose', 3],
      ['', 3],
    ])('follows LOG_LEVEL, and takes what it does not know for info: "%s"', (name, count) => {
      jest.replaceProperty(process, 'env', { LOG_LEVEL: name });
      const lines: string[] = [];
      const log = createLog({ write: (line) => lines.push(line) });
      for (const write of [log.debug, log.info, log.warn, log.error]) write('');
      expect(lines).toHaveLength(count);
    });
  });
});

describe('an error among the fields', () => {
  test('is written with its code and its causes', () => {
    const socket = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = new ServiceError('broker_unreachable', 'No broker answers.', { cause: socket });
    expect(logged({ error }).error).toEqual({
      name: 'ServiceError',
      message: 'No broker answers.',
      code: 'broker_unreachable',
      cause: { name: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
    });
  });

  test('is written with its stack where it has no code, because nobody foresaw it', () => {
    expect(logged({ error: new TypeError('x is undefined') }).error).toEqual({
      name: 'TypeError',
      message: 'x is undefined',
      stack: expect.stringContaining('log.test'),
    });
  });

  test.each([
    ['the request that a broker echoes', 'n,,\u0001auth=Bearer aHR0cHM6Ly9rYWZrYS5ldS13Zxyz-_=\u0001\u0001'],
    ['a token of Amazon MSK', 'bad token aHR0cHM6Ly9rYWZrYS5ldS13Zxyz-_='],
    ['a signed URL', 'https://kafka.eu/?X-Amz-Date=1&X-Amz-Security-Token=Zxyz&X-Amz-Signature=Zxyz&b=1'],
  ])('tells no credentials: %s', (_name, secret) => {
    const cause = new Error(`SASL said: ${secret}`);
    const line = JSON.stringify(logged({ error: new Error(`refused: ${secret}`, { cause }) }));
    expect(line).toContain('[redacted]');
    expect(line).not.toContain('Zxyz');
  });

  test.each<[string, object]>([
    ['own properties', { request: { password: 'hunter2' }, sasl: { password: 'hunter2' } }],
    ['a toJSON of its own', { toJSON: () => ({ password: 'hunter2' }) }],
    ['a cause that is not an error', { cause: { password: 'hunter2' } }],
  ])('tells nothing that may be secret: %s', (_name, extras) => {
    const error = Object.assign(new Error('refused'), extras);
    const ownList = Object.assign([], { toJSON: () => [error] });
    for (const fields of [{ error, errors: [error], nested: { error } }, { ownList }]) {
      const line = JSON.stringify(logged(fields));
      expect(line).toContain('refused');
      expect(line).not.toContain('hunter2');
    }
  });
});

describe('a field that JSON cannot hold', () => {
  test('is written as text where it is a bigint', () => {
    expect(logged({ offset: 9_007_199_254_740_993n })).toMatchObject({ offset: '9007199254740993' });
  });

  const circular: { self?: unknown } = {};
  circular.self = circular;
  const ownCause = new Error('first');
  ownCause.cause = ownCause;

  test.each<[string, LogFields]>([
    ['a circle', { circular }],
    ['an error that is its own cause', { error: ownCause }],
    [
      'a value that refuses',
      {
        value: {
          toJSON: () => {
            throw new Error('no');
          },
        },
      },
    ],
    [
      'a property that refuses',
      {
        value: {
          get secret() {
            throw new Error('no');
          },
        },
      },
    ],
    ['an error whose cause has no text', { error: new Error('odd', { cause: Object.create(null) }) }],
  ])('does not lose the line: %s', (_name, fields) => {
    expect(logged(fields)).toMatchObject({
      level: 'info',
      message: 'something happened',
      fieldsLost: expect.any(String),
    });
  });

  test('never throws, whatever the fields', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
        ),
        (fields) => typeof logged(fields).message === 'string' || Object.hasOwn(fields, 'message'),
      ),
    );
  });
});
