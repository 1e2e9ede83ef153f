import type { Context } from 'aws-lambda';
import { consumeHandler } from '../../../lib/consume/consume-handler.ts';
import { createLog } from '../../../lib/log.ts';
import { operateHandler } from '../../../lib/operate/operate-handler.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import {
  type KafkaFixture,
  recordingFunction,
  startKafkaFixture,
} from '../../support/event-source-mapping.ts';
import { createTopic } from '../../support/kafka-administration.ts';

/** Where a function puts what it rejects of a topic of the other cluster. */
const DEAD_LETTERS = 'sent.dlq';
const own = {
  group: 'consume',
  topic: 'events',
  deadLetterTopic: 'events.dlq',
  failureTopic: 'events.failed',
};

let cluster: KafkaFixture;
let other: KafkaFixture;
beforeEach(async () => {
  [cluster, other] = [await startKafkaFixture(), await startKafkaFixture()];
  for (const topic of ['events', 'events.dlq', 'events.failed', DEAD_LETTERS])
    await createTopic(cluster.admin, topic, 1);
});
afterEach(async () => {
  await cluster.stop();
  await other.stop();
});

/** Runs a command in the function, as the stack configures it for a service that reads a topic of the other cluster. */
function operate(command: string) {
  const foreign = { topic: other.topic, deadLetterTopic: DEAD_LETTERS, failureTopic: 'sent.failed' };
  const handler = operateHandler(createLog({ write: () => {} }), {
    KAFKA_BROKERS: cluster.brokers,
    KAFKA_CONSUMERS: JSON.stringify([own]),
    KAFKA_FOREIGN_TOPICS: JSON.stringify([foreign]),
  });
  return handler(command, { getRemainingTimeInMillis: () => 900_000 });
}

/** Has a function of the service reject a record of the other cluster. */
async function reject(value: string): Promise<void> {
  const context: Pick<Context, 'awsRequestId' | 'functionName' | 'getRemainingTimeInMillis'> = {
    awsRequestId: 'request-1',
    functionName: 'consume',
    getRemainingTimeInMillis: () => 30_000,
  };
  const consume = consumeHandler(
    { processEvent: () => {} },
    { KAFKA_BROKERS: cluster.brokers, KAFKA_DEAD_LETTER_TOPIC: DEAD_LETTERS },
  );
  const fn = recordingFunction();
  fn.answer = async (event) => ({ payload: await consume(event, context) });
  await other.send([value]);
  await other.startMapping(fn);
  await eventually('it is rejected', async () => (await cluster.messagesOf(DEAD_LETTERS)).length === 1);
}

describe('dead letters of a topic on another cluster', () => {
  test('are listed, and shown', async () => {
    await reject('no event');
    const listed = await operate('dead-letters list');
    expect(listed).toMatchObject({ ok: true, results: [{ coordinates: `${DEAD_LETTERS}/0/0` }] });
    expect(await operate(`dead-letters list --topic ${other.topic}`)).toMatchObject({
      results: listed.results,
    });
    expect(await operate(`dead-letters show ${DEAD_LETTERS}/0/0`)).toMatchObject({ ok: true });
  });

  test('are not sent to a topic of that name here, and stay open', async () => {
    await createTopic(cluster.admin, other.topic, 1);
    await reject('no event');
    const why = `${DEAD_LETTERS}/0/0 was not replayed: it came from ${other.topic} on another cluster: name a topic of this one with --to`;
    expect(await operate('dead-letters replay')).toMatchObject({ ok: false, problems: [why] });
    expect(await operate(`dead-letters edit ${DEAD_LETTERS}/0/0 --value x --unchecked`)).toMatchObject({
      ok: false,
      problems: [why],
    });
    expect(await cluster.messagesOf(other.topic)).toEqual([]);
    expect(await other.messagesOf(other.topic)).toHaveLength(1);
  });

  test('are sent to a topic that --to names', async () => {
    await reject('no event');
    expect(await operate(`dead-letters replay --topic ${DEAD_LETTERS} --to events`)).toMatchObject({
      ok: true,
      results: [{ to: 'events/0/0' }],
    });
    expect((await cluster.messagesOf('events')).map(({ value }) => value)).toEqual(['no event']);
  });
});

const LEFT_OUT =
  'Not included, because they are on other clusters: sent.failed; from a machine that reaches such a cluster, run npm run kafka -- failed list --topic sent.failed --brokers <its brokers>';

test('failures of a topic on another cluster are left out, which the command says', async () => {
  expect(await operate('failed list')).toMatchObject({
    ok: true,
    notes: ['0 failures in events.failed, 0 of them replayed', LEFT_OUT],
  });
  expect(await operate('failed list --topic sent.failed')).toMatchObject({ ok: false, problems: [LEFT_OUT] });
});

test('the lag of a topic on another cluster is left out, which the command says', async () => {
  const { notes } = await operate('lag');
  expect(notes).toContain(`Not included, because they are on other clusters: ${other.topic}`);
});
