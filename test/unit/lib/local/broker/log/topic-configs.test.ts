import { checkConfigs, describedConfigs } from '../../../../../../lib/local/broker/log/topic-configs.ts';
import { cpuTimeMs } from '../../../../../support/cpu-time.ts';

test.each([
  ['retention.bytes', '-1', '-1'],
  ['retention.ms', '-1', '-1'],
  ['retention.bytes', '-5', '-5'],
  ['segment.ms', ' 5000 ', '5000'],
  ['flush.ms', '9223372036854775807', '9223372036854775807'],
  ['preallocate', 'TRUE', 'true'],
  ['min.cleanable.dirty.ratio', '0.10', '0.1'],
  ['min.cleanable.dirty.ratio', '1', '1.0'],
  ['cleanup.policy', ' compact , delete ', 'compact,delete'],
  ['cleanup.policy', 'delete,delete', 'delete'],
  ['cleanup.policy', '', ''],
  ['compression.gzip.level', '-1', '-1'],
  ['leader.replication.throttled.replicas', '*', '*'],
  ['leader.replication.throttled.replicas', '0:1,1:1', '0:1,1:1'],
])('%s takes "%s" as "%s"', (name, given, stored) => {
  expect(checkConfigs({ [name]: given })).toEqual({ configs: { [name]: stored } });
});

// What Apache Kafka 4.4 answers.
test.each([
  [{ nosuch: '1' }, 'Unknown topic config name: nosuch'],
  [{ 'retention.ms': '-2' }, 'Invalid value -2 for configuration retention.ms: Value must be at least -1'],
  [{ 'retention.ms': 'x' }, 'Invalid value x for configuration retention.ms: Not a number of type LONG'],
  [{ 'retention.ms': '' }, 'Invalid value  for configuration retention.ms: Not a number of type LONG'],
  [
    { 'segment.bytes': '99999999999' },
    'Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT',
  ],
  [
    { 'segment.bytes': '1' },
    'Invalid value 1 for configuration segment.bytes: Value must be at least 1048576',
  ],
  [
    { 'min.cleanable.dirty.ratio': '2' },
    'Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1',
  ],
  [
    { preallocate: 'maybe' },
    'Invalid value maybe for configuration preallocate: Expected value to be either true or false',
  ],
  [
    { 'cleanup.policy': 'nope' },
    'Invalid value nope for configuration cleanup.policy: String must be one of: compact, delete',
  ],
  [
    { 'message.timestamp.type': 'x' },
    'Invalid value x for configuration message.timestamp.type: String must be one of: CreateTime, LogAppendTime',
  ],
  [
    { 'compression.gzip.level': '0' },
    'Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1',
  ],
  [
    { 'leader.replication.throttled.replicas': 'x' },
    "Invalid value [x] for configuration leader.replication.throttled.replicas: leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
  ],
  [
    { 'remote.storage.enable': 'true' },
    'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
  ],
  [
    { 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' },
    'conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)',
  ],
])('%j is refused in the words of Kafka', (configs, problem) => {
  expect(checkConfigs(configs)).toEqual({ problem });
});

test('a list of a million characters is checked at once', () => {
  const spent = cpuTimeMs(() => {
    checkConfigs({ 'cleanup.policy': `a${' '.repeat(1_000_000)}b` });
    checkConfigs({ 'retention.ms': '9'.repeat(1_000_000) });
  });
  expect(spent).toBeLessThan(1_000);
});

test('every default is a value that is accepted', () => {
  const defaults = Object.fromEntries(
    [...describedConfigs()].map(([name, config]) => [name, config.default]),
  );
  expect(checkConfigs(defaults)).toEqual({ configs: defaults });
});
