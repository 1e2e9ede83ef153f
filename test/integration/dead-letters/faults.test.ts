import type { Broker } from '../../../lib/local/broker/broker.ts';
import { startTestBroker } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { DEAD_LETTERS, deadLetter, tool } from './dead-letter-tool.ts';

let broker: Broker;

beforeEach(async () => {
  broker = await startTestBroker();
  broker.createTopic('events', 1);
  broker.createTopic(DEAD_LETTERS, 1);
});

async function valuesIn(topic: string): Promise<(string | undefined)[]> {
  const records = await readTopic(broker, topic);
  return records.map(({ value }) => value?.toString());
}

describe('a replay', () => {
  test('goes on over a broker that moves the leader and refuses a commit', async () => {
    await deadLetter(broker, [{ value: 'a' }, { value: 'b' }]);
    await broker.faults.moveLeader();
    broker.faults.fail('OffsetCommit', 'NOT_COORDINATOR');
    broker.faults.fail('Produce', 'NOT_LEADER_OR_FOLLOWER');

    expect((await tool(broker, ['replay'])).exitCode).toBe(0);
    expect(await valuesIn('events')).toEqual(['a', 'b']);
  });

  test('a record that the broker does not confirm counts as not replayed', async () => {
    await deadLetter(broker, [{ value: 'a' }, { value: 'b' }]);
    broker.faults.stopAcknowledging(10);
    const unconfirmed = await tool(broker, ['replay']);
    await broker.faults.clear();
    const next = await tool(broker, ['replay']);

    expect(unconfirmed.exitCode).toBe(1);
    expect(unconfirmed.err).toMatch(
      /^events\.dlq\/0\/0 was not replayed: events may have it or not, and the next run sends it again: /,
    );
    expect(next.out).toContain('Replayed 2 dead letters of events.dlq; 0 left');
    expect(new Set(await valuesIn('events'))).toEqual(new Set(['a', 'b']));
  }, 60_000);
});
