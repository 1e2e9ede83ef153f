import { ErrorCode } from '../../lib/kafka/error-codes.ts';
import { createTopics } from '../../lib/local/broker/api/topics.ts';
import { MAX_CONNECTIONS } from '../../lib/local/broker/listener.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import type { Attack } from './attack.ts';
import { AttackedBroker, encode, frame } from './attacked-broker.ts';

const METADATA = 3;
const NAMES = 48_000_000;
const PROMISING = 500;
const PROMISED_BYTES = 100 * 1024 * 1024;
const TOPICS = 100_000;
/** How long others may wait meanwhile, in milliseconds; the machine may be busy. */
const MAX_WAIT_MS = 10_000;
/** What the broker may grow by, in MiB: its buffered requests, twice. */
const MAX_GROWTH_MIB = 600;

/** Requests that are much larger, or promise to be, than any that is needed. */
export const kafkaLimits: Attack = {
  name: 'kafka-limits',
  property: 'one client cannot take all memory or time of the broker',
  async run(ground) {
    const broker = await AttackedBroker.start(ground, ground.directory());
    const before = await broker.memory();
    let growth = 0;
    let slowest = 0;
    const watch = async (what: string, work: () => Promise<unknown>) => {
      const waited = await broker.slowestDuring(work);
      growth = Math.max(growth, (await broker.memory()) - before);
      slowest = Math.max(slowest, waited);
      if (waited > MAX_WAIT_MS) throw new Error(`others waited ${waited} ms for ${what}`);
      if (growth > MAX_GROWTH_MIB) throw new Error(`the broker has grown by ${growth} MiB for ${what}`);
    };

    await watch('48 million empty names', async () => {
      const client = await broker.connect();
      const count = Buffer.from([0x80 | ((NAMES + 1) & 0x7f), 0, 0, 0]);
      count[1] = 0x80 | (((NAMES + 1) >> 7) & 0x7f);
      count[2] = 0x80 | (((NAMES + 1) >> 14) & 0x7f);
      count[3] = (NAMES + 1) >> 21;
      client.socket.write(frame(METADATA, 9, Buffer.concat([count, Buffer.alloc(2 * NAMES, 1)]), true));
      await client.closing();
    });

    await watch('promised requests', async () => {
      const clients = await Promise.all(Array.from({ length: PROMISING }, () => broker.connect()));
      const promise = Buffer.alloc(1000);
      promise.writeInt32BE(PROMISED_BYTES, 0);
      for (const client of clients) client.socket.write(promise);
      await broker.expectService();
      growth = Math.max(growth, (await broker.memory()) - before);
      // And with more bytes than there is memory for, the largest are closed.
      const part = Buffer.alloc(2 * 1024 * 1024);
      for (const client of clients) client.socket.write(part);
      await eventually('connections are closed', () => clients.some((client) => client.closed));
      for (const client of clients) client.close();
    });

    await watch('100,000 topics', async () => {
      const client = await broker.connect();
      const topics = Array.from({ length: TOPICS }, (_, index) => ({
        name: `t${index}`,
        partitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      }));
      const request = { topics, timeoutMs: 1000, validateOnly: false };
      const { topics: created } = await client.ask(createTopics, 4, request);
      const refused = created.filter(({ errorCode }) => errorCode === ErrorCode.POLICY_VIOLATION);
      if (refused.length < TOPICS / 2)
        throw new Error(`only ${refused.length} of ${TOPICS} topics are refused`);
      const [first] = topics;
      const twice = { ...request, topics: new Array(TOPICS).fill(first) };
      await client.send(encode(createTopics, 4, twice));
    });

    const clients = await Promise.all(Array.from({ length: MAX_CONNECTIONS + 50 }, () => broker.connect()));
    await eventually('the connections above the limit are closed', () =>
      clients.some(({ closed }) => closed),
    );
    for (const client of clients) client.close();
    await eventually('the broker takes connections again', () =>
      broker.expectService().then(
        () => true,
        () => false,
      ),
    );
    return `others waited ${slowest} ms at most, the broker grew by ${growth} MiB at most`;
  },
};
