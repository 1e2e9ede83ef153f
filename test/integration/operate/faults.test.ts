import { startTestBroker } from '../../support/broker.ts';
import { readTopic } from '../../support/read-topic.ts';
import { startFaultyKafka, type TestKafka } from '../../support/test-kafka.ts';
import { DEAD_LETTERS, deadLetter, tool } from './dead-letter-tool.ts';

async function valuesIn(broker: TestKafka, topic: string): Promise<(string | undefined)[]> {
  const records = await readTopic(broker, topic);
  return records.map(({ value }) => value?.toString());
}

describe('a replay', () => {
  test('a record that the broker does not confirm counts as not replayed', async () => {
    const broker = await startFaultyKafka();
    await broker.createTopic('events', 1);
    await broker.createTopic(DEAD_LETTERS, 1);
    await deadLetter(broker, [{ value: 'a' }, { value: 'b' }]);
    broker.faults.stopAcknowledging(10);
    const unconfirmed = await tool(broker, ['replay']);
    await broker.faults.clear();
    const next = await tool(broker, ['replay']);

    expect(unconfirmed.exitCode).toBe(1);
    expect(unconfirmed.err).toMatch(
      /^events\.dlq\/0\/0 was not replayed: events may or may not have it, so the next run sends it again: /,
    );
    expect(next.out).toContain('Replayed 2 dead letters of events.dlq; 0 left');
    expect(new Set(await valuesIn(broker, 'events'))).toEqual(new Set(['a', 'b']));
  });
});

describe('the embedded broker', () => {
  test('a replay goes on when it moves the leader and refuses a commit', async () => {
    const broker = await startTestBroker();
    broker.createTopic('events', 1);
    broker.createTopic(DEAD_LETTERS, 1);
    await deadLetter(broker, [{ value: 'a' }, { value: 'b' }]);
    await broker.faults.moveLeader();
    broker.faults.fail('OffsetCommit', 'NOT_COORDINATOR');
    broker.faults.fail('Produce', 'NOT_LEADER_OR_FOLLOWER');

    expect((await tool(broker, ['replay'])).exitCode).toBe(0);
    expect(await valuesIn(broker, 'events')).toEqual(['a', 'b']);
  });
});
