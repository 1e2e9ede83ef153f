import { pointerStep } from '../../../lib/json-pointer.ts';

describe('pointerStep', () => {
  // RFC 6901, section 5: names of its example.
  test.each<[string | number, string]>([
    ['a/b', '/a~1b'],
    ['m~n', '/m~0n'],
    ['~1', '/~01'],
    ['', '/'],
    [0, '/0'],
  ])('escapes %s', (name, step) => expect(pointerStep(name)).toBe(step));

  test('cuts a name that would swell a message', () => {
    expect(pointerStep('~'.repeat(1_000_000)).length).toBeLessThan(200);
  });
});
