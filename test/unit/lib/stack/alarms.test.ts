import type { Resource } from '../../../../lib/stack/template.ts';
import { alarmHistory, type Notice, type Series } from '../../../support/alarm-history.ts';
import { deployed } from '../../../support/deployment.ts';

/** Of the one that makes a stack until a mapping polls. */
const FIRST_POLL = 8;
const FAULT = { from: 60, to: 100 };
const END = 180;

/** Metrics of a service that works, by name; those of mappings come with the first poll. */
const healthy: Readonly<Record<string, readonly number[]>> = {
  MaxOffsetLag: [3, 40],
  PolledEventCount: [0, 12, 0],
  PollingErrorCount: [0],
  FailedInvokeEventCount: [0],
  DroppedEventCount: [0],
  OnFailureDestinationDeliveredEventCount: [0],
  'DeadLetters-consume': [0],
  Throttles: [0],
  '5xx': [0, 0],
  Latency: [20, 35, 60],
};

function alarms(): Resource[] {
  return Object.values(deployed().resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
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

test('every alarm says when its fault is over', () => {
  for (const { Properties } of alarms()) expect(Object(Properties).OKActions).toEqual([{ Ref: 'Alarms' }]);
});
