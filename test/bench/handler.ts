import { deployedBundle } from './deployed-bundle.ts';
import { headerSets } from './events.ts';
import { inWarmRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 15;
const contenders = { ours: 'handler', Powertools: 'powertools-handler' };

/** The handler of the service as it is deployed: reads, checks and logs each record, to a pipe. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/consume-process.ts');
  const rows: Row[] = [];
  for (const size of [100, 1_000]) {
    const rounds = await inWarmRounds(ROUNDS, file, contenders, headerSets[1], String(size));
    rows.push(ratio('handler', `batch of ${size}`, rounds, ['Powertools', 'ours', 'record'], 'ns'));
  }
  return rows;
}
