import { deployedBundle } from './deployed-bundle.ts';
import { headerSets, sizes } from './events.ts';
import { figure, inWarmRounds, median, type Rounds } from './rounds.ts';
import { factor, table } from './table.ts';

const ROUNDS = 15;
const BASELINE = 'floor: base64 + JSON.parse';
const contenders = {
  [BASELINE]: 'floor',
  'ours, no work': 'ours',
  'ours, each event logged, discarded': 'ours-logging',
  'Powertools: key, value, headers': 'powertools',
};
const others = Object.keys(contenders).filter((name) => name !== BASELINE);

/** The consumer path: from the event that Lambda hands over to what the work on each record gets. */
export async function run(): Promise<string> {
  const { file } = await deployedBundle('test/bench/consume-process.ts');
  const tables: string[] = [];
  for (const headerSet of headerSets) {
    const columns: Rounds[] = [];
    for (const size of sizes) {
      columns.push(await inWarmRounds(ROUNDS, file, contenders, headerSet, String(size)));
    }
    tables.push(
      table(`consume: CPU time per record, ${headerSet}, ${ROUNDS} rounds`, [
        ['', ...sizes.map((size) => `batch of ${size}`)],
        [
          `${BASELINE}, ns`,
          ...columns.map((rounds) => median(figure(rounds, BASELINE, 'record')).toFixed(0)),
        ],
        ...others.map((name) => [name, ...columns.map((rounds) => factor(rounds, name, BASELINE, 'record'))]),
      ]),
    );
  }
  return tables.join('\n\n');
}
