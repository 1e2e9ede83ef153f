import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { kafkaRequests, withRequests } from '../../../../lib/build/kafka-requests.ts';

const table = readFileSync(require.resolve('kafkajs/src/protocol/requests'), 'utf8');

/** Folders of kafkajs/src/protocol/requests that a bundle holds. */
async function requestsIn(entry: string): Promise<Set<string>> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    external: ['@aws-sdk/*'],
    write: false,
    metafile: true,
    plugins: [kafkaRequests],
  });
  const folders = Object.keys(metafile.inputs).map(
    (input) => /kafkajs\/src\/protocol\/requests\/(\w+)\//.exec(input)?.[1],
  );
  return new Set(folders.filter((folder) => folder !== undefined));
}

test('a publisher holds no request that only consumers send, nor the Produce request that this project encodes itself', async () => {
  const requests = await requestsIn('handlers/publish.ts');
  expect([...requests]).toEqual(expect.arrayContaining(['metadata', 'saslAuthenticate']));
  for (const folder of ['produce', 'fetch', 'joinGroup', 'offsetCommit', 'describeConfigs']) {
    expect([...requests]).not.toContain(folder);
  }
});

test('a request that was left out says where to add it', () => {
  const module = { exports: { requests: { Fetch: { protocol: () => undefined } } } };
  new Function('module', 'require', withRequests(table))(module, () => ({}));
  expect(() => module.exports.requests.Fetch.protocol()).toThrow(
    'This bundle cannot send Fetch requests: add Fetch to lib/build/kafka-requests.ts',
  );
});

test('a kafkajs without the requests that are sent is refused', () => {
  expect(() => withRequests(table.replace("  Metadata: require('./metadata'),\n", ''))).toThrow(
    'kafkajs has no request Metadata',
  );
});
