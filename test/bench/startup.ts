import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { startBenchBroker } from './bench-broker.ts';
import { LocalService, type LocalServiceOptions, serviceCopy } from './local-service.ts';
import { inRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 7;
/** Of the framework, without `npm` before it on either side. */
const FRAMEWORK = 'node_modules/serverless/bin/serverless.js';
/** Where the copy finds packages that only the benchmarks have. */
const PEERS = 'peers';

/** From the command to the first answer. The peer has its broker already; `npm start` starts one, and reads the topic. */
export async function run(): Promise<readonly Row[]> {
  const broker = await startBenchBroker();
  const copies = { ours: serviceCopy(), offline: serviceCopy((text) => bareOffline(text, broker.address)) };
  symlinkSync(path.join(__dirname, 'node_modules'), path.join(copies.offline.directory, PEERS));
  const timed = (directory: string, options?: LocalServiceOptions) => async () => {
    const begin = performance.now();
    const service = await LocalService.start(directory, options);
    const start = performance.now() - begin;
    await service.stop();
    return { start };
  };
  const contenders = {
    ours: timed(copies.ours.directory),
    offline: timed(copies.offline.directory, {
      program: [FRAMEWORK, 'offline', 'start'],
      ports: ['httpPort', 'lambdaPort'],
    }),
  };
  try {
    // What is compiled once is kept for the next start, as for a user.
    await inRounds(1, contenders);
    const rounds = await inRounds(ROUNDS, contenders);
    return [ratio('startup', '', rounds, ['ours', 'offline', 'start'], 'ms')];
  } finally {
    copies.ours.remove();
    copies.offline.remove();
    broker.stop();
  }
}

/** The same functions, built with the same options, for the plugins serverless-esbuild and serverless-offline alone. */
function bareOffline(text: string, brokers: string): string {
  const { service, frameworkVersion, provider, package: packaging, functions, custom } = parse(text);
  const { publish, consume } = functions;
  return stringify({
    service,
    frameworkVersion,
    plugins: ['serverless-esbuild', `./${PEERS}/serverless-offline`],
    provider: { ...provider, environment: { KAFKA_BROKERS: brokers, KAFKA_AUTH: 'none' } },
    package: packaging,
    functions: {
      publish: { handler: publish.handler, timeout: publish.timeout, events: publish.events },
      consume: { handler: consume.handler, timeout: consume.timeout },
    },
    custom: { esbuild: custom.esbuild },
  });
}
