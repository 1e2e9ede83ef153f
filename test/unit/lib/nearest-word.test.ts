import { nearestWord } from '../../../lib/nearest-word.ts';

test.each([
  ['--topc', '--topic'],
  ['--Topics', '--topic'],
  ['--dryrun', '--dry-run'],
  ['--jsno', '--json'],
  ['--to', undefined],
  ['--partitions', undefined],
  ['', undefined],
])('the nearest word to "%s" is %s', (word, nearest) => {
  expect(nearestWord(word, ['--topic', '--json', '--dry-run'])).toBe(nearest);
});
