import { deployedBundle } from './deployed-bundle.ts';
import { figure, inWarmRounds, median } from './rounds.ts';
import { factor, table } from './table.ts';

const ROUNDS = 15;
const BASELINE = 'JSON.stringify, one write per batch';
const contenders = {
  [BASELINE]: 'stringify',
  ours: 'ours',
  'Powertools Logger': 'powertools',
};

/** The lines of the consumer, from a batch of 1,000, through a pipe that is read all the while. */
export async function run(): Promise<string> {
  const { file } = await deployedBundle('test/bench/log-process.ts');
  const rounds = await inWarmRounds(ROUNDS, file, contenders);
  return table(`log: CPU time per line of the consumer, to a pipe, ${ROUNDS} rounds`, [
    ['', 'ns', 'factor'],
    ...Object.keys(contenders).map((name) => [
      name,
      median(figure(rounds, name, 'line')).toFixed(0),
      factor(rounds, name, BASELINE, 'line'),
    ]),
  ]);
}
