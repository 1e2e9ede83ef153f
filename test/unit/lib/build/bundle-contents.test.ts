import { contentsOf, forbiddenIn } from '../../../../lib/build/bundle-contents.ts';

const output = (inputs: Record<string, number>) => ({
  bytes: 0,
  imports: [],
  exports: [],
  entryPoint: 'handlers/publish.ts',
  inputs: Object.fromEntries(
    Object.entries(inputs).map(([name, bytesInOutput]) => [name, { bytesInOutput }]),
  ),
});

test('a bundle is summed up by folder and package', () => {
  const bundles = contentsOf({
    inputs: {},
    outputs: {
      'handlers/publish.js': output({
        'lib/kafka/record.ts': 2,
        'lib/kafka/configuration.ts': 3,
        'node_modules/kafkajs/src/index.js': 5,
        'node_modules/a/node_modules/@b/c/d.js': 7,
        'lib/local/unused.ts': 0,
      }),
    },
  });
  expect([...(bundles.get('handlers/publish') ?? [])]).toEqual([
    ['lib/kafka', 5],
    ['kafkajs', 5],
    ['@b/c', 7],
  ]);
});

test.each([
  'lib/local/broker',
  'lib/local/console/page',
  'lib/build',
  'lib/capacity',
  'lib/testing',
  'lib/operate/workstation',
  'test/support',
  '@aws-sdk/client-kafka',
  'ajv',
  'fast-check',
  'preact',
  '@preact/signals',
])('%s must not be deployed', (source) => {
  expect(forbiddenIn('handlers/publish', new Map([[source, 1]]))).toEqual([
    expect.stringContaining(`The bundle of handlers/publish holds ${source}`),
  ]);
});

test.each(['lib/kafka', 'kafkajs', '@smithy/signature-v4', 'handlers'])('%s may be deployed', (source) => {
  expect(forbiddenIn('handlers/publish', new Map([[source, 1]]))).toEqual([]);
});
