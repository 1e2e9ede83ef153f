import type { Broker } from '../../../lib/local/broker/broker.ts';
import { startTestBroker } from '../../support/broker.ts';
import { describeWithTool, firstWorking, run } from './external-tools.ts';

jest.setTimeout(60_000);

let broker: Broker;
beforeAll(async () => {
  broker = await startTestBroker();
});

/** Produces lines `key:value` and fails unless kcat is content. */
async function produce(
  kcat: string,
  topic: string,
  lines: readonly string[],
  ...options: string[]
): Promise<void> {
  const args = ['-P', '-b', broker.address, '-t', topic, '-K:', ...options];
  const { code, stderr } = await run(kcat, args, lines.map((line) => `${line}\n`).join(''));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

async function consume(kcat: string, topic: string): Promise<string[]> {
  const args = [
    '-C',
    '-b',
    broker.address,
    '-t',
    topic,
    '-o',
    'beginning',
    '-e',
    '-q',
    '-f',
    '%p/%o %k:%s\\n',
  ];
  const { stdout } = await run(kcat, args);
  return stdout.split('\n').filter((line) => line !== '');
}

describeWithTool('kcat', firstWorking([['kcat', '-V']]), 'apt-get install kcat', {
  'lists broker and topics': async (kcat) => {
    broker.createTopic('listed', 2);
    const { stdout } = await run(kcat, ['-L', '-b', broker.address]);
    expect(stdout).toContain(`broker 1 at ${broker.address}`);
    expect(stdout).toContain('topic "listed" with 2 partitions');
  },

  'produces and consumes with every compression': async (kcat) => {
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      broker.createTopic(`codec-${codec}`, 1);
      await produce(kcat, `codec-${codec}`, ['a:1', 'b:2'], '-z', codec);
      expect(await consume(kcat, `codec-${codec}`)).toEqual(['0/0 a:1', '0/1 b:2']);
    }
  },

  'produces idempotently': async (kcat) => {
    broker.createTopic('idempotent', 1);
    await produce(kcat, 'idempotent', ['a:1', 'b:2'], '-X', 'enable.idempotence=true');
    expect(await consume(kcat, 'idempotent')).toEqual(['0/0 a:1', '0/1 b:2']);
  },

  'finds an offset by time': async (kcat) => {
    broker.createTopic('timed', 1);
    await produce(kcat, 'timed', ['a:1']);
    const { stdout } = await run(kcat, ['-Q', '-b', broker.address, '-t', 'timed:0:1000']);
    expect(stdout).toContain('offset 0');
  },

  'consumes as a member of a group': async (kcat) => {
    broker.createTopic('grouped', 3);
    await produce(kcat, 'grouped', ['a:1', 'b:2', 'c:3']);
    const args = ['-b', broker.address, '-G', 'kcat-group', '-o', 'beginning', '-e', '-q', 'grouped'];
    const { stdout } = await run(kcat, args);
    expect(stdout.trim().split('\n').sort()).toEqual(['1', '2', '3']);
  },

  'is told that a topic does not exist': async (kcat) => {
    const { stdout } = await run(kcat, ['-L', '-b', broker.address, '-t', 'absent']);
    expect(stdout).toContain('Unknown topic or partition');
  },
});
