import { KafkaFailure } from '../../../../../lib/kafka/kafka-failure.ts';
import { pollingProblem } from '../../../../../lib/local/mapping/processing-result.ts';

test.each([
  [
    'credentials that are refused',
    new KafkaFailure('unauthorized', 'no'),
    /^PROBLEM: SASL authentication failed/,
  ],
  [
    'missing rights',
    new KafkaFailure('unauthorized', 'no', { errorCode: 'GROUP_AUTHORIZATION_FAILED' }),
    /^PROBLEM: Cluster failed to authorize Lambda/,
  ],
  ['no connection', new KafkaFailure('unreachable', 'no'), /^PROBLEM: Connection error/],
  ['no answer', new KafkaFailure('interrupted', 'no'), /^PROBLEM: Connection error/],
  ['anything else', new Error('broken'), /^PROBLEM: broken$/],
])('%s is named as AWS does', (_, failure, expected) => {
  expect(pollingProblem(failure)).toMatch(expected);
});
