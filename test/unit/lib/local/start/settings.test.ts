import { localSettings, SettingsError, wantedPorts } from '../../../../../lib/local/start/settings.ts';

describe('settings of the local run', () => {
  test('have defaults', () => {
    expect(localSettings({}, {}, {})).toEqual({
      host: 'localhost',
      httpPort: 3000,
      lambdaPort: 3002,
      mappingPort: 3004,
      kafkaPort: 9092,
      dataDirectory: '.kafka',
      partitions: 3,
      duplicateRate: 0,
      consoleWrites: false,
      schemaDirectory: undefined,
      topics: {},
      brokers: undefined,
      group: undefined,
      reset: false,
      log: undefined,
      partitionsAsked: false,
      example: undefined,
    });
  });

  test.each([
    ['httpPort', 'HTTP_PORT'],
    ['lambdaPort', 'LAMBDA_PORT'],
    ['mappingPort', 'MAPPING_PORT'],
    ['kafkaPort', 'KAFKA_PORT'],
    ['partitions', 'KAFKA_PARTITIONS'],
  ] as const)('take --%s before %s before serverless.yml', (setting, variable) => {
    const custom = { local: { [setting]: 3 } };
    expect(localSettings({ [setting]: '1' }, { [variable]: '2' }, custom)[setting]).toBe(1);
    expect(localSettings({}, { [variable]: '2' }, custom)[setting]).toBe(2);
    expect(localSettings({}, { [variable]: '' }, custom)[setting]).toBe(3);
  });

  test.each([
    ['--dataDirectory', { dataDirectory: 'here' }, {}, 'here'],
    ['KAFKA_DATA_DIRECTORY', {}, { KAFKA_DATA_DIRECTORY: 'there' }, 'there'],
    ['--ephemeral', { ephemeral: true }, { KAFKA_DATA_DIRECTORY: 'there' }, undefined],
    ['KAFKA_EPHEMERAL', {}, { KAFKA_EPHEMERAL: 'true' }, undefined],
    ['KAFKA_EPHEMERAL=false', {}, { KAFKA_EPHEMERAL: 'false' }, '.kafka'],
  ])('settle by %s where data is kept', (_case, options, environment, expected) => {
    expect(localSettings(options, environment, {}).dataDirectory).toBe(expected);
  });

  test('use the cluster of KAFKA_BROKERS, and then want no port for a broker', () => {
    const settings = localSettings({}, { KAFKA_BROKERS: 'kafka.example:9092' }, {});
    expect(settings.brokers).toBe('kafka.example:9092');
    expect(wantedPorts(settings).map(({ port }) => port)).toEqual([3000, 3002, 3004]);
    expect(wantedPorts(localSettings({}, {}, {})).map(({ port }) => port)).toEqual([3000, 3002, 3004, 9092]);
  });

  test('take --brokers before KAFKA_BROKERS', () => {
    const variables = { KAFKA_BROKERS: 'there:9092' };
    expect(localSettings({ brokers: 'here:9092' }, variables, {}).brokers).toBe('here:9092');
  });

  test('take the share of duplicates from --duplicate-rate', () => {
    expect(localSettings({ 'duplicate-rate': '0.05' }, {}, {}).duplicateRate).toBe(0.05);
  });

  test('take further topics with their partitions', () => {
    expect(localSettings({}, {}, { local: { topics: { audit: 12 } } }).topics).toEqual({ audit: 12 });
  });

  test.each([
    ['a port that is no number', { kafkaPort: 'abc' }, {}, {}, '--kafkaPort is "abc"'],
    ['a port that does not exist', {}, { HTTP_PORT: '65536' }, {}, 'HTTP_PORT is "65536"'],
    ['no partitions', {}, {}, { local: { partitions: 0 } }, 'partitions in serverless.yml is "0"'],
    ['a topic without partitions', {}, {}, { local: { topics: { audit: 0 } } }, 'custom.local.topics.audit'],
    ['more duplicates than batches', { 'duplicate-rate': '1.1' }, {}, {}, '--duplicate-rate is "1.1"'],
    ['neither true nor false', {}, { KAFKA_EPHEMERAL: 'maybe' }, {}, 'KAFKA_EPHEMERAL is "maybe"'],
  ])('refuse %s and name it', (_case, options, environment, custom, message) => {
    expect(() => localSettings(options, environment, custom)).toThrow(SettingsError);
    expect(() => localSettings(options, environment, custom)).toThrow(message);
  });
});
