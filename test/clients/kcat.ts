import { equal, match } from 'node:assert/strict';
import { type ProgramOptions, run } from './program.ts';
import type { Target } from './target.ts';

/** Lists, produces, consumes and looks up with kcat, which has no admin client: the broker makes the topics. */
export async function runKcat({ address, topic, group, createTopic }: Target): Promise<void> {
  const kcat = (args: readonly string[], options: ProgramOptions = {}) =>
    run('kcat', ['-b', address, ...args], { install: 'apt-get install kcat', ...options });
  const consume = (name: string) => {
    const format = ['-f', '%p/%o %k:%s\\n'];
    return kcat(['-C', '-t', name, '-o', 'beginning', '-e', '-q', ...format]);
  };

  createTopic(topic, 3);
  const listed = await kcat(['-L']);
  match(listed, new RegExp(`broker 1 at ${address}`));
  match(listed, new RegExp(`topic "${topic}" with 3 partitions`));
  match(await kcat(['-L', '-t', `${topic}-absent`]), /Unknown topic or partition/);

  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    const name = `${topic}-${codec}`;
    createTopic(name, 1);
    await kcat(['-P', '-t', name, '-K:', '-z', codec], { input: 'a:1\nb:2\n' });
    equal(await consume(name), '0/0 a:1\n0/1 b:2\n');
  }
  const idempotent = `${topic}-idempotent`;
  createTopic(idempotent, 1);
  await kcat(['-P', '-t', idempotent, '-K:', '-X', 'enable.idempotence=true'], { input: 'a:1\nb:2\n' });
  equal(await consume(idempotent), '0/0 a:1\n0/1 b:2\n');
  match(await kcat(['-Q', '-t', `${idempotent}:0:1000`]), /offset 0/);

  await kcat(['-P', '-t', topic, '-K:', '-X', 'acks=0'], { input: 'a:1\nb:2\nc:3\n' });
  const read = await kcat(['-G', group, '-o', 'beginning', '-e', '-q', topic]);
  equal(read.trim().split('\n').sort().join(), '1,2,3');
}
