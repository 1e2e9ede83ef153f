import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { startLocalTable } from '../../../../../lib/local/idempotency/local-table.ts';

test('requests that are being answered when it is closed do no harm', async () => {
  const table = await startLocalTable();
  const client = new DynamoDB({
    endpoint: table.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const puts = Array.from({ length: 50 }, (_, index) =>
    client.putItem({ TableName: table.tableName, Item: { eventKey: { S: `${index}` } } }),
  );
  const answers = Promise.allSettled(puts);
  await Promise.race(puts);
  // An error that nobody catches would fail this test.
  await table.close();
  expect((await answers).filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  client.destroy();
});
