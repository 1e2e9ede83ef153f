import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { kafkaClient, startTestBroker } from '../../support/broker.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWithTool, firstWorking, run } from './external-tools.ts';

jest.setTimeout(90_000);

const TOPIC = 'my_events_topic';
const GROUP = 'my_consumer_group';
const PROBE = ['-c', 'import confluent_kafka'];
const python = firstWorking([
  [resolve(__dirname, '../../../.cache/python/bin/python'), ...PROBE],
  ['python3', ...PROBE],
  ['/usr/bin/python3', ...PROBE],
]);

let broker: Broker;
beforeAll(async () => {
  broker = await startTestBroker();
  broker.createTopic(TOPIC, 3);
});

interface Said {
  readonly assigned?: readonly number[];
  readonly key?: string;
  readonly value?: { readonly message: string };
}

/** A Python consumer that says what it is assigned and what it reads, until it is told to leave. */
function member(command: string) {
  const child = spawn(command, [join(__dirname, 'consume.py'), broker.address, TOPIC, GROUP]);
  const said: Said[] = [];
  createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line)));
  const ended = new Promise<number | null>((done) => child.on('close', done));
  return {
    messages: () => said.flatMap(({ value }) => (value ? [value.message] : [])),
    assigned: () => said.findLast(({ assigned }) => assigned !== undefined)?.assigned ?? [],
    leave: () => {
      child.stdin.end();
      return ended;
    },
  };
}

describeWithTool(
  'confluent-kafka',
  python,
  'pip install confluent-kafka or apt-get install python3-confluent-kafka',
  {
    'a producer gets five delivery reports for five messages': async (command) => {
      const { code, stdout } = await run(command, [
        join(__dirname, 'produce-five.py'),
        broker.address,
        TOPIC,
      ]);
      const reports = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(code).toBe(0);
      expect(reports).toHaveLength(5);
      expect(reports.filter(({ error, offset }) => error === null && offset >= 0)).toHaveLength(5);
    },

    'a group reads everything, and shares the partitions with a second member while it is there': async (
      command,
    ) => {
      const first = member(command);
      await eventually('the five messages', () => first.messages().length === 5, 30_000);
      expect(first.messages().sort()).toEqual([0, 1, 2, 3, 4].map((id) => `Event ${id} from Python`));
      expect(first.assigned()).toEqual([0, 1, 2]);

      const second = member(command);
      const shared = () =>
        first.assigned().length + second.assigned().length === 3 && second.assigned().length > 0;
      await eventually('both members have partitions', shared, 30_000);
      expect([...first.assigned(), ...second.assigned()].sort()).toEqual([0, 1, 2]);

      expect(await second.leave()).toBe(0);
      await eventually('the first has them all again', () => first.assigned().length === 3, 30_000);
      expect(await first.leave()).toBe(0);

      const admin = kafkaClient(broker).admin();
      await admin.connect();
      const [committed] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
      const total = committed?.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
      await admin.disconnect();
      expect(total).toBe(5);
    },
  },
);
