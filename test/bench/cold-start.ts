import { bundleContents } from '../../lib/build/bundle-contents.ts';
import { esbuildPlugins } from '../../lib/build/esbuild-plugins.ts';
import { httpEvent } from '../../lib/testing/http-event.ts';
import { startBenchBroker } from './bench-broker.ts';
import { type Bundle, deployedBundle } from './deployed-bundle.ts';
import { batch, event } from './events.ts';
import { FreshProcess } from './fresh-process.ts';
import type { RowName } from './goals.ts';
import { figure, inRounds, median, sideBySide } from './rounds.ts';
import type { Row } from './row.ts';

const ROUNDS = 21;
const EMPTY = 'empty handler';
/** The client that a publisher of the official pieces brings, and one of this project finds in the Lambda runtime. */
const officialClient = { with: ['@aws-sdk/client-kafka'] };

/** What a cold start costs: reading the bundle, and the first answer, which is when lazy work is done. */
export async function run(): Promise<readonly Row[]> {
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
    /** What loading, or loading and answering, takes more than with an empty handler. */
    const overEmpty = (name: string, what: string): number[] =>
      sideBySide(figure(rounds, name, what), figure(rounds, EMPTY, what), (one, empty) => one - empty);
    const compared = (row: RowName, kind: string, what: string): Row => {
      const [ours, theirs] = [overEmpty(`${kind}, ours`, what), overEmpty(`${kind}, official pieces`, what)];
      const note = `ours ${median(ours).toFixed(1)} ms, official pieces ${median(theirs).toFixed(1)} ms`;
      return { name: row, of: '', values: sideBySide(ours, theirs, (one, other) => one / other), note };
    };
    const [publisher] = handlers['publisher, ours'] ?? [];
    return [
      {
        name: 'publisher-size',
        of: '',
        values: [publisher?.kilobytes ?? Number.NaN],
        note: `and ${publisher?.lazyKilobytes.toFixed(1)} KB that the first request does not need`,
      },
      compared('publisher-load', 'publisher', 'load'),
      compared('publisher-answer', 'publisher', 'answer'),
      compared('consumer-load', 'consumer', 'load'),
      compared('consumer-answer', 'consumer', 'answer'),
    ];
  } finally {
    broker.stop();
  }
}
