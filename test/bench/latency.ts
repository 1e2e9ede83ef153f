import { deployedBundle } from './deployed-bundle.ts';
import { type Figures, FreshProcess } from './fresh-process.ts';
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
  const { file: bare } = await deployedBundle('test/bench/latency-floor-process.ts');
  const floor = await LocalService.start(copy.directory, { program: [bare], ports: ['httpPort'] });
  try {
    for (const each of [service, floor]) await postsOf(each);
    const rounds = await inRounds(ROUNDS, {
      kafkajs: () => kafkajs.measure(),
      ours: () => postsOf(service),
      floor: () => postsOf(floor),
    });
    return [
      ratio('latency', '', rounds, ['ours', 'kafkajs', 'p50'], 'us'),
      ratio('latency-floor', '', rounds, ['ours', 'floor', 'p50'], 'us'),
      ratio('latency-floor-peer', '', rounds, ['floor', 'kafkajs', 'p50'], 'us'),
    ];
  } finally {
    kafkajs.stop();
    await Promise.all([service.stop(), floor.stop()]);
    copy.remove();
  }
}

/** Sends the next event when the one before was consumed. */
async function postsOf(service: LocalService): Promise<Figures> {
  const p50 = await medianTime(async () => {
    const before = service.consumed;
    await service.post(1);
    await service.hasConsumed(before + 1);
  });
  return { p50 };
}
