import { bundleContents } from '../../lib/build/bundle-contents.ts';
import { esbuildPlugins } from '../../lib/build/esbuild-plugins.ts';
import { httpEvent } from '../../lib/testing/http-event.ts';
import { startBenchBroker } from './bench-broker.ts';
import { type Bundle, deployedBundle } from './deployed-bundle.ts';
import { batch, event } from './events.ts';
import { FreshProcess } from './fresh-process.ts';
import { figure, inRounds, sideBySide } from './rounds.ts';
import { spread, table } from './table.ts';

const ROUNDS = 21;
const EMPTY = 'empty handler';
/** The client that a publisher of the official pieces brings, and one of this project finds in the Lambda runtime. */
const officialClient = { with: ['@aws-sdk/client-kafka'] };

/** What a cold start costs: reading the bundle, and the first answer, which is when lazy work is done. */
export async function run(): Promise<string> {
  const { attributes, data } = event(1);
  const post = JSON.stringify(httpEvent({ body: { type: attributes.type, data } }));
  const records = JSON.stringify(batch(1, '2 headers and 6 ce_ headers'));
  // The fixture catalogue is in these bundles, which a deployment would refuse.
  const ours = { plugins: esbuildPlugins.filter((plugin) => plugin !== bundleContents) };
  const handlers: Readonly<Record<string, readonly [bundle: Bundle, request: string]>> = {
    [EMPTY]: [await deployedBundle('test/bench/peers/empty.ts'), '{}'],
    'publisher, ours': [await deployedBundle('handlers/publish.ts', ours), post],
    'publisher, official pieces': [await deployedBundle('test/bench/peers/publish.ts', officialClient), post],
    'consumer, ours': [await deployedBundle('handlers/consume.ts', ours), records],
    'consumer, official pieces': [await deployedBundle('test/bench/peers/consume.ts'), records],
  };
  const { file: loader } = await deployedBundle('test/bench/cold-start-process.ts');
  const broker = await startBenchBroker();
  try {
    const rounds = await inRounds(
      ROUNDS,
      Object.fromEntries(
        Object.entries(handlers).map(([name, [{ file }, request]]) => [
          name,
          async () => {
            const fresh = new FreshProcess(loader, file, request, broker.address);
            try {
              return await fresh.measure();
            } finally {
              fresh.stop();
            }
          },
        ]),
      ),
    );
    const overEmpty = (name: string, what: string): string =>
      spread(
        sideBySide(figure(rounds, name, what), figure(rounds, EMPTY, what), (one, empty) => one - empty),
        1,
      );
    return table(`cold start: over an empty handler, each in a fresh process, ${ROUNDS} rounds`, [
      ['', 'KB', 'KB lazy', 'load, ms', 'load and first answer, ms'],
      ...Object.entries(handlers).map(([name, [{ kilobytes, lazyKilobytes }]]) => [
        name,
        kilobytes.toFixed(1),
        lazyKilobytes.toFixed(1),
        overEmpty(name, 'load'),
        overEmpty(name, 'answer'),
      ]),
    ]);
  } finally {
    broker.stop();
  }
}
