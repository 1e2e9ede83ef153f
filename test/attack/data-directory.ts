import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { produce } from '../../lib/local/broker/api/produce.ts';
import { type Broker, startBroker } from '../../lib/local/broker/broker.ts';
import { recordBatch } from '../unit/lib/local/broker/record-batches.ts';
import type { Attack, Ground } from './attack.ts';
import { Client, TOPIC } from './attacked-broker.ts';

const BATCHES = 200;
const ROUNDS = 60;
/** Retention makes segments of an eighth of it: several files. */
const RETENTION_BYTES = 8 * 60_000;
/** Where what the CRC of a batch covers starts. */
const CHECKED_FROM = 21;

/** Files of a data directory that are damaged, cut, emptied or gone; directories of somebody else. */
export const dataDirectory: Attack = {
  name: 'data-directory',
  property: 'damage costs what is damaged, nothing else, and files of others stay',
  async run(ground) {
    const { random } = ground;
    const original = ground.directory();
    const written = await fill(ground, original);
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const directory = ground.directory();
      cpSync(original, directory, { recursive: true });
      const files = filesBelow(directory);
      const file = random.pick(files);
      const damage = random.pick(['flip', 'cut', 'empty', 'remove'] as const);
      harm(ground, join(directory, file), damage);
      const what = `${damage} ${file}`;
      const read = await readAgain(ground, directory, what);
      if (read === undefined) refused++;
      else if (read.some((batch) => !written.has(batch)))
        throw new Error(`a batch nobody wrote is read after ${what}`);
      else if (damage === 'flip' && file.endsWith('.log') && read.length < BATCHES - 1) {
        throw new Error(`${read.length} of ${BATCHES} batches are left after ${what}`);
      } else if (new Set(read).size !== read.length) throw new Error(`a batch is read twice after ${what}`);
      rmSync(directory, { recursive: true });
    }
    await expectForeignLeftAlone(ground);
    return `${ROUNDS} damaged directories, of which ${refused} were refused`;
  },
};

/** Writes batches, and tells them as the CRC knows them. */
async function fill(ground: Ground, directory: string): Promise<Set<string>> {
  const broker = await open(ground, directory);
  broker.createTopic(TOPIC, 1);
  const client = new Client(connect(broker.port, broker.host));
  const written = new Set<string>();
  for (let index = 0; index < BATCHES; index++) {
    const batch = recordBatch({ values: [`${index}`.padEnd(ground.random.integer(1, 2000), 'x'), 'y'] });
    written.add(checked(batch));
    const partitions = [{ index: 0, records: batch }];
    const request = {
      transactionalId: null,
      acks: -1,
      timeoutMs: 1000,
      topics: [{ name: TOPIC, partitions }],
    };
    await client.ask(produce, 7, request);
  }
  client.close();
  await broker.stop({ abrupt: true });
  return written;
}

/** What is read from the directory; undefined when the broker refuses it with a sentence that names it. */
async function readAgain(ground: Ground, directory: string, what: string): Promise<string[] | undefined> {
  let broker: Broker;
  try {
    broker = await open(ground, directory);
  } catch (error) {
    if (error instanceof Error && error.message.includes(directory)) return undefined;
    throw new Error(`the broker does not start after ${what}`, { cause: error });
  }
  const client = new Client(connect(broker.port, broker.host));
  try {
    return (await client.readBatches(TOPIC)).map(checked);
  } catch (error) {
    throw new Error(`the log cannot be read after ${what}`, { cause: error });
  } finally {
    client.close();
    await broker.stop({ abrupt: true });
  }
}

function open(ground: Ground, dataDirectory: string): Promise<Broker> {
  const starting = startBroker({ port: 0, dataDirectory, retentionBytes: RETENTION_BYTES });
  ground.after(() => starting.then((broker) => broker.stop({ abrupt: true })).catch(() => {}));
  return starting;
}

function harm({ random }: Ground, file: string, damage: 'flip' | 'cut' | 'empty' | 'remove'): void {
  const { size } = statSync(file);
  if (damage === 'remove') rmSync(file);
  else if (damage === 'empty') writeFileSync(file, '');
  else if (damage === 'cut') truncateSync(file, random.integer(0, Math.max(0, size - 1)));
  else if (size > 0) {
    const bytes = readFileSync(file);
    const at = random.integer(0, size - 1);
    bytes.writeUInt8(bytes.readUInt8(at) ^ random.integer(1, 255), at);
    writeFileSync(file, bytes);
  }
}

async function expectForeignLeftAlone(ground: Ground): Promise<void> {
  const directory = ground.directory();
  mkdirSync(join(directory, 'topics', 'week-1', '0'), { recursive: true });
  writeFileSync(join(directory, 'topics', 'week-1', '0', 'notes.txt'), 'mine');
  const before = filesBelow(directory);
  const refused = await open(ground, directory).then(
    () => false,
    () => true,
  );
  if (!refused) throw new Error('a directory of others is taken');
  if (filesBelow(directory).join() !== before.join()) throw new Error('files of others are gone');
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.slice(directory.length + 1)).sort();
}

function checked(batch: Buffer): string {
  return batch.toString('hex', CHECKED_FROM);
}
