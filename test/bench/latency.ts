import { deployedBundle } from './deployed-bundle.ts';
import { FreshProcess } from './fresh-process.ts';
import { LocalService, serviceCopy } from './local-service.ts';
import { medianTime } from './median-time.ts';
import { inRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 9;

/** From the request to the log line of the consumer, one event at a time, without a batching window. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/latency-process.ts');
  const copy = serviceCopy((text) =>
    text.replace('msk: { topic: events }', 'msk: { topic: events, maximumBatchingWindow: 0 }'),
  );
  const service = await LocalService.start(copy.directory);
  const script = { file, flags: ['--disable-warning=TimeoutNegativeWarning'] };
  const kafkajs = new FreshProcess(script, service.kafka);
  try {
    const postOne = async () => {
      const before = service.consumed;
      await service.post(1);
      await service.hasConsumed(before + 1);
    };
    await medianTime(postOne);
    const rounds = await inRounds(ROUNDS, {
      kafkajs: () => kafkajs.measure(),
      ours: async () => ({ p50: await medianTime(postOne) }),
    });
    return [ratio('latency', '', rounds, ['ours', 'kafkajs', 'p50'], 'us')];
  } finally {
    kafkajs.stop();
    await service.stop();
    copy.remove();
  }
}
