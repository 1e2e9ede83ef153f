import path from 'node:path';
import { deployedBundle } from './deployed-bundle.ts';
import { type Figures, FreshProcess } from './fresh-process.ts';
import { latencySteps } from './latency-steps.ts';
import { localScript } from './local-script.ts';
import { LocalService, serviceCopy } from './local-service.ts';
import { medianTime } from './median-time.ts';
import { inRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 9;
/** Rounds that are not measured: V8 compiles what runs often. */
const WARM_UP = 5;
const root = path.join(__dirname, '..', '..');

/** From the request to the log line of the consumer, one event at a time, without a batching window. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/latency-process.ts');
  const copy = serviceCopy((text) =>
    text.replace('msk: { topic: events }', 'msk: { topic: events, maximumBatchingWindow: 0 }'),
  );
  const service = await LocalService.start(copy.directory);
  const script = { file };
  const kafkajs = new FreshProcess(script, service.kafka);
  const steps = await startSteps();
  try {
    for (let turn = 0; turn < WARM_UP; turn++) {
      for (const each of [service, ...steps.values()]) await postsOf(each);
      await kafkajs.measure();
    }
    const measureSteps = [...steps].map(([step, each]) => [step, () => postsOf(each)] as const);
    const measureKafkajs = () => kafkajs.measure();
    // Apart from most steps, while which `npm start` would have nothing to do and save memory in place of time.
    const rounds = await inRounds(ROUNDS, {
      kafkajs: measureKafkajs,
      ours: () => postsOf(service),
      ...Object.fromEntries(measureSteps.slice(0, 1)),
    });
    const stepRounds = await inRounds(ROUNDS, {
      kafkajs: measureKafkajs,
      ...Object.fromEntries(measureSteps),
    });
    return [
      ratio('latency', '', rounds, ['ours', 'kafkajs', 'p50'], 'us'),
      ratio('latency-floor', '', rounds, ['ours', 'bare', 'p50'], 'us'),
      ...latencySteps.map((step) =>
        ratio('latency-steps', `with ${step}`, stepRounds, [step, 'kafkajs', 'p50'], 'us'),
      ),
    ];
  } finally {
    kafkajs.stop();
    await Promise.all([service, ...steps.values()].map((each) => each.stop()));
    copy.remove();
  }
}

/** A process for each of {@link latencySteps}. */
async function startSteps(): Promise<Map<string, LocalService>> {
  const bundles = [await deployedBundle('handlers/publish.ts'), await deployedBundle('handlers/consume.ts')];
  const { file, flags } = localScript('latency-steps-process.ts');
  const steps = new Map<string, LocalService>();
  for (const [index, step] of latencySteps.entries()) {
    const program = [...flags, file, String(index), ...bundles.map((bundle) => bundle.file)];
    steps.set(step, await LocalService.start(root, { program, ports: ['httpPort'] }));
  }
  return steps;
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
