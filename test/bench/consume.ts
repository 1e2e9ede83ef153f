import { deployedBundle } from './deployed-bundle.ts';
import { headerSets, sizes } from './events.ts';
import { inWarmRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 15;
const contenders = { floor: 'floor', bare: 'bare', ours: 'decoding', Powertools: 'powertools' };

/** The consumer path: from the event that Lambda hands over to what the work on each record gets. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/consume-process.ts');
  const [decode, decodeCe, bare, peer]: Row[][] = [[], [], [], []];
  for (const headerSet of headerSets) {
    const ownRow = headerSet === headerSets[0] ? 'decode' : 'decode-ce';
    for (const [name, size] of Object.entries(sizes(headerSet))) {
      const rounds = await inWarmRounds(ROUNDS, file, contenders, headerSet, String(size));
      (ownRow === 'decode' ? decode : decodeCe)?.push(
        ratio(ownRow, name, rounds, ['ours', 'floor', 'record'], 'ns'),
      );
      const of = `${name}, ${headerSet}`;
      bare?.push(ratio('decode-bare', of, rounds, ['ours', 'bare', 'record'], 'ns'));
      peer?.push(ratio('decode-peer', of, rounds, ['Powertools', 'ours', 'record'], 'ns'));
    }
  }
  return [...(decode ?? []), ...(decodeCe ?? []), ...(bare ?? []), ...(peer ?? [])];
}
