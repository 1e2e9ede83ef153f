import type { Resource } from '../../../../lib/stack/template.ts';
import { alarmHistory, type Notice, type Series } from '../../../support/alarm-history.ts';
import { deployed, existing, serviceWith } from '../../../support/deployment.ts';

/** Of the one that makes a stack until a mapping polls. */
const FIRST_POLL = 8;
const FAULT = { from: 60, to: 100 };
const END = 180;

/** Metrics of a service that works, by name; those of mappings come with the first poll. */
const healthy: Readonly<Record<string, readonly number[]>> = {
  MaxOffsetLag: [3, 40],
  EstimatedMaxTimeLag: [1, 20],
  PolledEventCount: [0, 12, 0],
  PollingErrorCount: [0],
  FailedInvokeEventCount: [0],
  DroppedEventCount: [0],
  OnFailureDestinationDeliveredEventCount: [0],
  'DeadLetters-consume': [0],
  UncheckedTopics: [0],
  Throttles: [0],
  '5xx': [0, 0],
  Latency: [20, 35, 60],
};

function alarms(...deployment: Parameters<typeof deployed>): Resource[] {
  return Object.values(deployed(...deployment).resources).filter(
    ({ Type }) => Type === 'AWS::CloudWatch::Alarm',
  );
}

/** What becomes of all alarms while one metric is other than usual. */
function historyWith(metric: string, dimension: string, fault: Series): Record<string, Notice[]> {
  const told: Record<string, Notice[]> = {};
  for (const alarm of alarms()) {
    const { AlarmName, MetricName, Dimensions = [] } = Object(alarm.Properties);
    const isFaulty = MetricName === metric && JSON.stringify(Dimensions).includes(dimension);
    const series: Series = (minute) => {
      if (minute < FIRST_POLL) return undefined;
      const isFault = isFaulty && minute >= FAULT.from && minute < FAULT.to;
      return isFault ? fault(minute) : healthy[MetricName];
    };
    const notices = alarmHistory(alarm, series, END).filter(({ state }) => state !== 'OK');
    if (notices.length > 0) told[String(AlarmName)] = notices;
  }
  return told;
}

test('nothing is told of a first deployment, nor of a service that works', () => {
  expect(historyWith('none', '', () => undefined)).toEqual({});
});

test.each<[string, string, string, Series]>([
  ['consume-late', 'EstimatedMaxTimeLag', 'kafka-events-dev-consume', () => [1_800]],
  ['consume-lag', 'MaxOffsetLag', '', () => [50_000]],
  ['consume-not-polling', 'PolledEventCount', '', () => undefined],
  ['consume-polling-errors', 'PollingErrorCount', '', () => [2]],
  ['consume-failed-invocations', 'FailedInvokeEventCount', '', () => [100]],
  ['consume-dropped-events', 'DroppedEventCount', '', (minute) => [minute === FAULT.from ? 1 : 0]],
  [
    'consume-failure-topic',
    'OnFailureDestinationDeliveredEventCount',
    '',
    (minute) => [minute === FAULT.from ? 1 : 0],
  ],
  ['consume-dead-letters', 'DeadLetters-consume', '', (minute) => [minute === FAULT.from ? 1 : 0]],
  ['provision-unchecked-topics', 'UncheckedTopics', '', (minute) => [minute === FAULT.from ? 1 : 0]],
  ['consume-throttles', 'Throttles', 'ConsumeLambdaFunction', () => [4]],
  ['publish-throttles', 'Throttles', 'PublishLambdaFunction', () => [4]],
  ['publisher-5xx', '5xx', '', () => [1, 0, 0, 0, 0]],
  ['publisher-latency', 'Latency', '', () => [20, 9_000]],
])('%s is the only alarm of its fault, and rings once', (name, metric, dimension, fault) => {
  const told = historyWith(metric, dimension, fault);
  expect(Object.keys(told)).toEqual([`kafka-events-dev-${name}`]);
  const [notice, ...more] = told[`kafka-events-dev-${name}`] ?? [];
  expect(more).toEqual([]);
  expect(notice?.minute).toBeGreaterThanOrEqual(FAULT.from);
  expect(notice?.minute).toBeLessThan(FAULT.to);
});

test('events that come near the retention of their topic ring once more, after they were late', () => {
  const fault: Series = (minute) => [minute < 80 ? 3_600 : 310_000];
  const told = historyWith('EstimatedMaxTimeLag', 'kafka-events-dev-consume', fault);
  expect(Object.keys(told).sort()).toEqual([
    'kafka-events-dev-consume-late',
    'kafka-events-dev-consume-near-retention',
  ]);
  const [notice, ...more] = told['kafka-events-dev-consume-near-retention'] ?? [];
  expect(more).toEqual([]);
  expect(notice?.minute).toBe(80);
});

test.each<[string, Record<string, string>, Record<string, unknown>, number[]]>([
  ['of a created cluster', {}, {}, [302_400]],
  ['that the topic declares', existing, { 'retention.ms': 7_200_000 }, [3_600]],
  ['that nobody knows', existing, {}, []],
  ['without end', {}, { 'retention.ms': -1 }, []],
  ['of a compacted topic', {}, { 'cleanup.policy': 'compact' }, []],
])('the retention %s decides what is near it', (_case, parameters, config, thresholds) => {
  const service = serviceWith({ custom: { topics: { events: { config } } } });
  const near = alarms(parameters, service).filter(({ Properties }) =>
    String(Properties?.AlarmName).endsWith('-near-retention'),
  );
  expect(near.map(({ Properties }) => Properties?.Threshold)).toEqual(thresholds);
});

test('lag in time is read where Amazon MSK has it: by cluster, consumer group and topic', () => {
  const late = alarms(existing).find(({ Properties }) => String(Properties?.AlarmName).endsWith('-late'));
  expect(late?.Properties).toMatchObject({
    Namespace: 'AWS/Kafka',
    Dimensions: [
      { Name: 'Cluster Name', Value: 'demo' },
      { Name: 'Consumer Group', Value: 'kafka-events-dev-consume' },
      { Name: 'Topic', Value: 'events' },
    ],
  });
});

test('a function that reads another cluster alone has the alarms of a function, and none of its mapping', () => {
  const arn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0c1d-1';
  const functions = { mirror: { timeout: 60, events: [{ msk: { arn, topic: 'sent' } }] } };
  expect(alarms({}, serviceWith({ functions })).map(({ Properties }) => Properties?.AlarmName)).toEqual([
    'kafka-events-dev-mirror-dead-letters',
    'kafka-events-dev-mirror-throttles',
  ]);
});

test('every alarm says when its fault is over', () => {
  for (const { Properties } of alarms()) expect(Object(Properties).OKActions).toEqual([{ Ref: 'Alarms' }]);
});
