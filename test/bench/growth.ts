import { startBenchBroker } from './bench-broker.ts';
import { deployedBundle } from './deployed-bundle.ts';
import { headerSets } from './events.ts';
import { type Figures, FreshProcess } from './fresh-process.ts';
import { inRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 11;
/** How many records a batch has, and how many partitions they are from. */
const batches = {
  'batch of 10': ['10', '1'],
  'batch of 10,000': ['10000', '1'],
  '1 partition': ['1000', '1'],
  '100 partitions': ['1000', '100'],
} as const;

const MANY_TOPICS = 50;

/** Whether a record takes longer in a larger batch, or as one of many partitions or topics: it should not. */
export async function run(): Promise<readonly Row[]> {
  return [...(await consuming()), await publishing()];
}

async function consuming(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/consume-process.ts');
  const processes = Object.entries(batches).map(([name, [size, partitions]]) => {
    return [name, new FreshProcess(file, 'decoding', headerSets[1], size, 'cpu', partitions)] as const;
  });
  try {
    const contenders = processes.map(([name, fresh]): [string, () => Promise<Figures>] => [
      name,
      () => fresh.measure(),
    ]);
    const rounds = await inRounds(ROUNDS, Object.fromEntries(contenders));
    return [
      ratio('growth-records', '', rounds, ['batch of 10,000', 'batch of 10', 'record'], 'ns'),
      ratio('growth-partitions', '', rounds, ['100 partitions', '1 partition', 'record'], 'ns'),
    ];
  } finally {
    for (const [, fresh] of processes) fresh.stop();
  }
}

async function publishing(): Promise<Row> {
  const { file } = await deployedBundle('test/bench/topics-process.ts');
  const topics = Array.from({ length: MANY_TOPICS }, (_, number) => `events-${number}`);
  const broker = await startBenchBroker({ topics });
  const one = new FreshProcess(file, broker.address, ...topics.slice(0, 1));
  const many = new FreshProcess(file, broker.address, ...topics);
  try {
    const rounds = await inRounds(ROUNDS, {
      '1 topic': () => one.measure(),
      [`${MANY_TOPICS} topics`]: () => many.measure(),
    });
    return ratio('growth-topics', '', rounds, [`${MANY_TOPICS} topics`, '1 topic', 'record'], 'ns');
  } finally {
    one.stop();
    many.stop();
    broker.stop();
  }
}
