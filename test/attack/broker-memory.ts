import { produce } from '../../lib/local/broker/api/produce.ts';
import { recordBatch } from '../unit/lib/local/broker/record-batches.ts';
import type { Attack } from './attack.ts';
import { AttackedBroker, encode, TOPIC } from './attacked-broker.ts';

const RECORDS = Number(process.env.ATTACK_RECORDS ?? 100_000);
/** Each of these writes a share, as the sandboxes of a function do. */
const PRODUCERS = 2000;
const IN_FLIGHT = 100;
const WARM_UP = 20_000;
const MAX_GROWTH_MIB = 50;

/** Many small records, from many producers, read back as they come. */
export const brokerMemory: Attack = {
  name: 'broker-memory',
  property: `a broker with a data directory stays within ${MAX_GROWTH_MIB} MiB of its start`,
  async run(ground) {
    const broker = await AttackedBroker.start(ground, ground.directory());
    const client = await broker.connect();
    const reader = await broker.connect();
    const perProducer = Math.ceil(RECORDS / PRODUCERS);
    const sequences = new Map<number, number>();
    const send = async (count: number, firstProducer: number) => {
      for (let sent = 0; sent < count; sent += IN_FLIGHT) {
        const answers = Array.from({ length: IN_FLIGHT }, (_, index) => {
          const producerId = firstProducer + Math.floor((sent + index) / perProducer);
          const baseSequence = sequences.get(producerId) ?? 0;
          sequences.set(producerId, baseSequence + 1);
          const records = recordBatch({
            values: ['a small record'],
            producerId,
            producerEpoch: 0,
            baseSequence,
          });
          const topics = [{ name: TOPIC, partitions: [{ index: 0, records }] }];
          return client.send(
            encode(produce, 7, { transactionalId: null, acks: -1, timeoutMs: 1000, topics }),
          );
        });
        await Promise.all(answers);
      }
    };
    const start = await broker.memory();
    await send(WARM_UP, 1_000_000);
    const warm = await broker.memory();
    await send(RECORDS, 0);
    const written = await broker.memory();
    const { length } = await reader.readBatches(TOPIC);
    const after = await broker.memory();
    if (length !== RECORDS + WARM_UP) throw new Error(`${length} of ${RECORDS + WARM_UP} records are there`);
    const numbers = `${start} MiB at the start, ${warm} warm, ${written} after ${RECORDS} records, ${after} after reading them`;
    if (after - start > MAX_GROWTH_MIB) throw new Error(numbers);
    return numbers;
  },
};
