import { didYouMean } from '../../../lib/did-you-mean.ts';

test.each([
  ['--topc', '; did you mean --topic?'],
  ['--topics', '; did you mean --topic?'],
  ['--jsno', '; did you mean --json?'],
  ['--to', ''],
  ['--partitions', ''],
  ['', ''],
])('"%s"%s', (word, expected) => {
  expect(didYouMean(word, ['--topic', '--json', '--dry-run'])).toBe(expected);
});
