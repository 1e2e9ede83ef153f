import { ProducerSession } from '../../../../../lib/kafka/producer/producer-session.ts';

const batch = (partition: number, size: number, topic = 'events') => ({
  topic,
  partition,
  records: { length: size },
});

describe('ProducerSession', () => {
  test('numbers the records of each partition from 0', () => {
    const session = new ProducerSession({ id: 7n, epoch: 0 });
    session.acknowledge(batch(0, 3));
    session.acknowledge(batch(0, 2));
    session.acknowledge(batch(1, 4));
    expect(session.firstSequence(batch(0, 1))).toBe(5);
    expect(session.firstSequence(batch(1, 1))).toBe(4);
    expect(session.firstSequence(batch(2, 1))).toBe(0);
    expect(session.firstSequence(batch(0, 1, 'orders'))).toBe(0);
  });

  test('gives a batch that was not acknowledged the same number again', () => {
    const session = new ProducerSession({ id: 7n, epoch: 0 });
    expect([session.firstSequence(batch(0, 3)), session.firstSequence(batch(0, 3))]).toEqual([0, 0]);
  });

  test('starts over at 0 after the largest int32', () => {
    const session = new ProducerSession({ id: 7n, epoch: 0 });
    session.acknowledge(batch(0, 2 ** 31 - 1));
    expect(session.firstSequence(batch(0, 1))).toBe(2 ** 31 - 1);
    session.acknowledge(batch(0, 3));
    expect(session.firstSequence(batch(0, 1))).toBe(2);
  });
});
