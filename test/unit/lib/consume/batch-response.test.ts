import { batchResponse } from '../../../../lib/consume/batch-response.ts';

test('names each unprocessed record by partition and offset, in the shape Kafka mappings understand', () => {
  expect(batchResponse([{ topicPartition: 'orders-0', offset: 15 }])).toEqual({
    batchItemFailures: [{ itemIdentifier: { partition: 'orders-0', offset: 15 } }],
  });
});

test('answers an empty list when everything was processed', () => {
  expect(batchResponse([])).toEqual({ batchItemFailures: [] });
});
