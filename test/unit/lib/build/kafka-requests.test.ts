import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { kafkaRequests, withRequests } from '../../../../lib/build/kafka-requests.ts';

const table = readFileSync(require.resolve('kafkajs/src/protocol/requests'), 'utf8');

/** Folders of kafkajs/src/protocol/requests that a bundle holds, and whether it holds anything of kafkajs. */
async function kafkajsIn(entry: string): Promise<{ requests: string[]; isThere: boolean }> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    external: ['@aws-sdk/*'],
    write: false,
    metafile: true,
    plugins: [kafkaRequests],
  });
  const inputs = Object.keys(metafile.inputs);
  const requests = inputs.flatMap(
    (input) => /kafkajs\/src\/protocol\/requests\/(\w+)\//.exec(input)?.[1] ?? [],
  );
  return { requests, isThere: inputs.some((input) => input.includes('/kafkajs/')) };
}

test('a publisher holds nothing of kafkajs', async () => {
  expect((await kafkajsIn('handlers/publish.ts')).isThere).toBe(false);
});

test('a function that manages topics holds no request that only producers and consumers send', async () => {
  const { requests } = await kafkajsIn('handlers/topics.ts');
  expect(requests).toEqual(expect.arrayContaining(['metadata', 'saslAuthenticate', 'createTopics']));
  for (const folder of [
    'produce',
    'fetch',
    'initProducerId',
    'joinGroup',
    'offsetCommit',
    'describeConfigs',
  ]) {
    expect(requests).not.toContain(folder);
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
