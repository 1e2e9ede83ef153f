import { memoryFlags } from './allocated.ts';
import { deployedBundle } from './deployed-bundle.ts';
import { headerSets } from './events.ts';
import { figure, inWarmRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 9;
const BATCH = 1_000;
/** Few, because each takes 2,000 batches. */
const GROWTH_ROUNDS = 2;
const GROWTH_BATCH = 100;

/** Memory of the consumer path: what a record takes for a while, and what is kept. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/consume-process.ts');
  const script = { file, flags: memoryFlags };
  const rows: Row[] = [];
  for (const headerSet of headerSets) {
    const contenders = { floor: 'floor', ours: 'decoding' };
    const rounds = await inWarmRounds(ROUNDS, script, contenders, headerSet, String(BATCH), 'bytes');
    rows.push(ratio('allocation', headerSet, rounds, ['ours', 'floor', 'record'], 'bytes'));
  }
  const contender = { ours: 'handler' };
  const kept = await inWarmRounds(
    GROWTH_ROUNDS,
    script,
    contender,
    headerSets[1],
    String(GROWTH_BATCH),
    'heap',
  );
  const megabytes = figure(kept, 'ours', 'record').map((bytes) => (bytes * GROWTH_BATCH) / 2 ** 20);
  return [
    ...rows,
    { name: 'allocation-growth', of: `batches of ${GROWTH_BATCH}, each logged`, values: megabytes },
  ];
}
