import { consumeHandler } from '../../../lib/consume/consume-handler.ts';
import { lambdaContext } from '../../../lib/testing/lambda-context.ts';
import { mskEvent } from '../../../lib/testing/msk-event.ts';
import { readTopic } from '../../support/read-topic.ts';
import { startTestKafka } from '../../support/test-kafka.ts';

test('what a stage rejects of a topic of somebody else is in its own dead letter topic', async () => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const kafka = await startTestKafka();
  await kafka.createTopic('dev.theirs.dlq');
  const environment = { KAFKA_BROKERS: kafka.address, KAFKA_TOPIC_PREFIX: 'dev.' };
  const handler = consumeHandler({ processEvent: () => {} }, environment);
  await handler(mskEvent([{ topic: 'theirs', value: 'not JSON' }]), lambdaContext());
  const letters = await readTopic(kafka, 'dev.theirs.dlq');
  expect(letters.map(({ value }) => String(value))).toEqual(['not JSON']);
});
