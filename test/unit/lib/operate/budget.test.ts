import { Budget } from '../../../../lib/operate/budget.ts';

afterEach(() => jest.useRealTimers());

test('nothing bounds a run that is told nothing', () => {
  const budget = new Budget();
  for (let count = 0; count < 1_000; count++) budget.countRecord(1_000_000);
  expect(budget.spent).toBeUndefined();
});

test('the number of records bounds all topics of a run together', () => {
  const budget = new Budget({ limit: 2 });
  budget.countRecord(0);
  expect(budget.spent).toBeUndefined();
  budget.countRecord(0);
  expect(budget.spent).toBe('--limit 2 is reached');
});

test('nothing may be done with a limit of 0', () => {
  expect(new Budget({ limit: 0 }).spent).toBe('--limit 0 is reached');
});

test('the time bounds a run, even one that does nothing', () => {
  jest.useFakeTimers({ now: 1_000 });
  const budget = new Budget({ deadline: 1_500 });
  expect(budget.spent).toBeUndefined();
  jest.setSystemTime(1_500);
  expect(budget.spent).toBe('the time is up');
});

test('what is written bounds a run whose answer has a limit', () => {
  const budget = new Budget({ bytes: 100 });
  budget.countRecord(99);
  expect(budget.spent).toBeUndefined();
  budget.countRecord(1);
  expect(budget.spent).toBe('the answer has reached its size limit');
});
