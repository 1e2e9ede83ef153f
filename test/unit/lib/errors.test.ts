import { readFile } from 'node:fs/promises';
import {
  abbreviated,
  errorCatalogue,
  errorMessage,
  ServiceError,
  toServiceError,
} from '../../../lib/errors.ts';

describe('error catalogue', () => {
  test('is the table in lib/http/README.md', async () => {
    const readme = await readFile('lib/http/README.md', 'utf8');
    const [, table = ''] = /<!-- errors -->(.*?)<!-- \/errors -->/s.exec(readme) ?? [];
    const rows = table.split('\n').flatMap((line) => {
      const [, code, status, retriable, title] =
        /^\|\s*`(\w+)`\s*\|\s*(\d+)\s*\|\s*(yes|no)\s*\|\s*(.*?)\s*\|$/.exec(line.trim()) ?? [];
      return code === undefined
        ? []
        : [{ code, status: Number(status), retriable: retriable === 'yes', title }];
    });
    expect(rows).toEqual(Object.entries(errorCatalogue).map(([code, entry]) => ({ code, ...entry })));
  });

  test.each(Object.entries(errorCatalogue))('tells a client what to do about %s', (_code, entry) => {
    expect([400, 413, 415, 422, 500, 503]).toContain(entry.status);
    if (entry.status < 500) expect(entry.retriable).toBe(false);
    if (entry.status === 503) expect(entry.retriable).toBe(true);
    expect(entry.title).toMatch(/^[A-Z].*[^.]$/);
  });
});

describe('ServiceError', () => {
  test('has the status and the retriability of its code', () => {
    const error = new ServiceError('delivery_unconfirmed', 'Not confirmed.');
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.status, error.retriable, error.issues]).toEqual([
      'ServiceError',
      503,
      true,
      [],
    ]);
    expect('cause' in error).toBe(false);
  });

  test('keeps its cause and its issues', () => {
    const cause = new Error('socket closed');
    const issues = [{ index: 0, pointer: '/id', message: 'Is missing.' }];
    expect(new ServiceError('malformed', 'Bad.', { cause, issues })).toMatchObject({ cause, issues });
  });
});

describe('toServiceError', () => {
  test('passes on a ServiceError', () => {
    const error = new ServiceError('malformed', 'Bad.');
    expect(toServiceError(error)).toBe(error);
  });

  test.each<[string, unknown, string]>([
    ['an error', new TypeError('x is not a function'), 'x is not a function'],
    ['text', 'out of order', 'out of order'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('odd'), 'Symbol(odd)'],
  ])('takes anything else for an internal error: %s', (_name, thrown, message) => {
    expect(toServiceError(thrown)).toMatchObject({ code: 'internal_error', message });
    expect(errorMessage(thrown)).toBe(message);
  });
});

test('abbreviated cuts only long texts', () => {
  expect(abbreviated('a'.repeat(64))).toBe('a'.repeat(64));
  expect(abbreviated('a'.repeat(65))).toBe(`${'a'.repeat(64)}…`);
});
