import { createMappingLog, type MappingLogOptions } from '../../../../../lib/local/mapping/mapping-log.ts';
import { CLUSTER_ARN } from '../../../../support/event-source-mapping.ts';

const uuid = '12345678-1234-5234-8234-123456789012';
const resourceArn = `arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:${uuid}`;

function logOf(level: MappingLogOptions['level'], auth: MappingLogOptions['auth'] = 'none') {
  const lines: string[] = [];
  const log = createMappingLog({
    level,
    uuid,
    resourceArn,
    eventSourceArn: CLUSTER_ARN,
    topic: 'orders',
    brokers: ['b-1:9098', 'b-2:9098'],
    auth,
    write: (line) => lines.push(line),
  });
  log.problem('it broke', 'TimeoutException');
  log.pollerStatus({ consumerGroupId: uuid, generation: 5, totalPartitionCount: 2, partitions: [0, 1] });
  log.partitionStatus({
    partition: 1,
    endOffset: 5004,
    consumedOffset: 5003,
    processedOffset: 5003,
    committedOffset: 5004,
  });
  return lines.map((line) => JSON.parse(line));
}

const common = (logLevel: string, eventType: string) => ({
  eventType,
  timestamp: expect.any(Number),
  resourceArn,
  eventSourceArn: CLUSTER_ARN,
  eventProcessorId: `${uuid}/0`,
  logLevel,
});

// Lambda Developer Guide, "Kafka event source mapping logging": the samples, but for the network of the poller.
test('the lines have the documented shape', () => {
  expect(logOf('DEBUG', 'iam')).toEqual([
    {
      ...common('WARN', 'ESM_PROCESSING_EVENT'),
      error: { errorMessage: 'it broke', errorCode: 'TimeoutException' },
    },
    {
      ...common('INFO', 'POLLER_STATUS_EVENT'),
      kafkaEventSourceConnection: {
        brokerEndpoints: 'b-1:9098,b-2:9098',
        consumerId: `${uuid}-0`,
        topics: ['orders'],
        consumerGroupId: uuid,
        securityProtocol: 'SASL_SSL',
        saslMechanism: 'AWS_MSK_IAM',
        totalPartitionCount: 2,
        assignedPartitionCount: 2,
        partitionsAssignmentGeneration: 5,
        assignedPartitions: ['orders-0', 'orders-1'],
      },
    },
    {
      ...common('DEBUG', 'KAFKA_STATUS_EVENT'),
      kafkaPartitionOffsets: {
        partition: 'orders-1',
        endOffset: 5004,
        consumedOffset: 5003,
        processedOffset: 5003,
        committedOffset: 5004,
      },
    },
  ]);
});

test.each([
  ['DEBUG', 3],
  ['INFO', 2],
  ['WARN', 1],
  [undefined, 0],
] as const)('level %s writes %d of the three', (level, count) => {
  expect(logOf(level)).toHaveLength(count);
});
