import fc from 'fast-check';
import { isMultipleOf } from '../../../../lib/schema/multiple-of.ts';

describe('isMultipleOf', () => {
  test.each([
    [19.99, 0.01],
    [-19.99, 0.01],
    [0.3, 0.1],
    [1.1, 0.1],
    [0, 0.01],
    [1e300, 0.1],
    [1e-7, 1e-9],
    [9007199254740991, 1],
    [4.35, 0.05],
    [6, 3],
    [7.5, 2.5],
  ])('%d is a multiple of %d', (value, divisor) => expect(isMultipleOf(value, divisor)).toBe(true));

  test.each([
    [19.995, 0.01],
    [19.990000001, 0.01],
    [1, 3],
    [5e-324, 1],
    [0.1, 0.3],
    [1.0000000000000002, 1],
  ])('%d is no multiple of %d', (value, divisor) => expect(isMultipleOf(value, divisor)).toBe(false));

  test('agrees with whole numbers when both are scaled', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 0, max: 6 }),
        (value, divisor, places) => {
          const scaled = (whole: number) => Number(`${whole}e-${places}`);
          return isMultipleOf(scaled(value), scaled(divisor)) === (value % divisor === 0);
        },
      ),
    );
  });
});
