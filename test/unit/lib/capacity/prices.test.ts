import { costOf, prices } from '../../../../lib/capacity/prices.ts';

test.each([
  ['one price', prices.pollerUnit, 730, 135.05],
  ['the first price up to the first tier', prices.apiRequest, 300e6, 300],
  ['the second price beyond it', prices.apiRequest, 400e6, 390],
  ['each price for its tier', prices.logs, 60_000, 5_000 + 5_000 + 2_000 + 500],
])('a cost has %s', (_case, price, units, usd) => {
  expect(costOf(price, units)).toBeCloseTo(usd, 2);
});

test('every price names its page', () => {
  for (const { source } of Object.values(prices))
    expect(source.url).toMatch(/^https:\/\/aws\.amazon\.com\/.*pricing/);
});
