import { KafkaJSConnectionError } from 'kafkajs';
import type { ConnectionOptions } from '../../../../../lib/kafka/client/connection.ts';
import { kafkaFailure } from '../../../../../lib/kafka/client/failure.ts';

const connection: ConnectionOptions = {
  brokers: ['b-1.example:9094'],
  clientId: 'publish',
  ssl: true,
  connectionTimeout: 1,
  authenticationTimeout: 1,
  requestTimeout: 1,
};
const alert = new KafkaJSConnectionError(
  'Connection error: ssl/tls alert bad certificate: SSL alert number 42',
);

test('an alert about the client certificate is a refusal of who is asking', () => {
  const ssl = { cert: 'certificate', key: 'key' };
  expect(kafkaFailure(alert, { ...connection, ssl })).toMatchObject({
    kind: 'unauthorized',
    message: expect.stringMatching(/^The cluster refused the client certificate: .*bad certificate/),
  });
});

test('an alert without a client certificate is not', () => {
  expect(kafkaFailure(alert, connection)).toMatchObject({ kind: 'unreachable' });
});
