import path from 'node:path';
import { deployedBundle } from './deployed-bundle.ts';
import { FreshProcess } from './fresh-process.ts';
import { localScript } from './local-script.ts';
import { LocalService, serviceCopy } from './local-service.ts';
import { inRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 7;
const BATCH = 50;
/** Requests at the same time. */
const CLIENTS = 4;
const REQUESTS = 200;

/** `npm start` from the request to the log line of the consumer, everything in its one process. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/calibration-process.ts');
  const copy = serviceCopy();
  const calibration = new FreshProcess(file);
  const service = await LocalService.start(copy.directory);
  const bundles = [await deployedBundle('handlers/publish.ts'), await deployedBundle('handlers/consume.ts')];
  const { file: script, flags } = localScript('loop-floor-process.ts');
  const floor = await LocalService.start(path.join(__dirname, '..', '..'), {
    program: [...flags, script, ...bundles.map((bundle) => bundle.file)],
    ports: ['httpPort'],
  });
  try {
    for (const each of [service, floor]) await nanosecondsPerEvent(each);
    const rounds = await inRounds(ROUNDS, {
      calibration: () => calibration.measure(),
      ours: async () => ({ event: await nanosecondsPerEvent(service) }),
      floor: async () => ({ event: await nanosecondsPerEvent(floor) }),
    });
    const of = `batches of ${BATCH}`;
    return [
      ratio('loop', of, rounds, ['ours', 'calibration', 'event'], 'ns'),
      ratio('loop-bare', of, rounds, ['ours', 'floor', 'event'], 'ns'),
      ratio('loop-floor', of, rounds, ['floor', 'calibration', 'event'], 'ns'),
    ];
  } finally {
    await Promise.all([service.stop(), floor.stop()]);
    calibration.stop();
    copy.remove();
  }
}

async function nanosecondsPerEvent(service: LocalService): Promise<number> {
  const before = service.consumed;
  const begin = performance.now();
  let left = REQUESTS;
  const client = async () => {
    while (left-- > 0) await service.post(BATCH);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await service.hasConsumed(before + REQUESTS * BATCH);
  return ((performance.now() - begin) * 1e6) / (REQUESTS * BATCH);
}
