import { RECORD_REJECTED, TOPICS_NOT_CHECKED } from '../counted-messages.ts';
import type { Consumer } from './consumers.ts';
import { type Deployment, provisionsTopics } from './deployment.ts';
import { logicalName, PROVISION_FUNCTION } from './service-functions.ts';
import type { StackCluster } from './stack-cluster.ts';
import { getAtt, type Resource, ref, type TemplatePart, type Value } from './template.ts';

/** An alarm that needs a person; README.md of lib/stack says what to do about each. */
interface Alarm {
  /** Last part of the alarm's name. */
  readonly name: string;
  readonly description: string;
  readonly metric: string;
  readonly statistic?: 'Sum' | 'Maximum' | 'SampleCount' | 'p99';
  readonly comparison?: 'GreaterThanThreshold' | 'LessThanThreshold';
  readonly threshold?: number;
  /** Seconds. */
  readonly period?: number;
  readonly periods?: number;
  /** How missing data is treated; `missing`: the alarm notifies when the data stops. */
  readonly missing?: 'notBreaching' | 'missing';
}

/** Of each event source mapping, dimension `EventSourceMappingUUID`. */
const mappingAlarms: readonly Alarm[] = [
  {
    // More than a burst explains, for a quarter of an hour.
    name: 'lag',
    description: 'Events wait in the topic longer than they should.',
    metric: 'MaxOffsetLag',
    statistic: 'Maximum',
    threshold: 10_000,
  },
  {
    // Without polling there is no lag to see. A poll that finds nothing counts: Lambda Developer Guide, "Types of metrics for
    // Lambda functions". A new alarm has insufficient data until the first poll, which does not notify.
    name: 'not-polling',
    description: 'The mapping does not poll the topic.',
    metric: 'PolledEventCount',
    statistic: 'SampleCount',
    comparison: 'LessThanThreshold',
    threshold: 1,
    missing: 'missing',
  },
  { name: 'polling-errors', description: 'The mapping cannot read the topic.', metric: 'PollingErrorCount' },
  {
    name: 'failed-invocations',
    description: 'The consumer fails, and its records are delivered again.',
    metric: 'FailedInvokeEventCount',
    periods: 2,
  },
  {
    name: 'dropped-events',
    description: 'The mapping gave up events, and could not hand them to the failure topic.',
    metric: 'DroppedEventCount',
    period: 60,
    periods: 1,
  },
  {
    name: 'failure-topic',
    description: 'The mapping gave up events, which are in the failure topic.',
    metric: 'OnFailureDestinationDeliveredEventCount',
    period: 60,
    periods: 1,
  },
];

/**
 * Of each consumer group and topic, from the cluster. Amazon MSK Developer Guide, "Amazon MSK metrics for monitoring Standard
 * brokers with CloudWatch" and "Monitor MSK Serverless clusters": `EstimatedMaxTimeLag` in seconds, free, with the dimensions
 * below. Nothing is measured before the group has committed.
 *
 * @param retentionSeconds - after which the topic forgets records; undefined: not known, or never
 */
function timeAlarms(retentionSeconds: number | undefined): Alarm[] {
  const waits = { metric: 'EstimatedMaxTimeLag', statistic: 'Maximum' } as const;
  return [
    {
      ...waits,
      name: 'late',
      description: 'Events wait for more than a quarter of an hour.',
      threshold: LATE_SECONDS,
    },
    ...(retentionSeconds === undefined
      ? []
      : [
          {
            ...waits,
            name: 'near-retention',
            description: 'Events wait for half of the time after which the topic forgets them.',
            threshold: Math.floor(retentionSeconds * NEAR_RETENTION),
            periods: 1,
          },
        ]),
  ];
}

const LATE_SECONDS = 15 * 60;
/** Time to act is left, and a mapping gives up records later than that. */
const NEAR_RETENTION = 1 / 2;

/** Last part of the name of the alarm below. */
export const deadLettersAlarm = 'dead-letters';
/** Of each consumer, from its log. */
const deadLetters: Alarm = {
  name: deadLettersAlarm,
  description: 'Records that can never be processed are in the dead letter topic.',
  metric: 'DeadLetters',
  period: 60,
  periods: 1,
};

/** Of deployments, from the log of the function that provisions topics. */
const uncheckedTopics: Alarm = {
  name: 'unchecked-topics',
  description: 'A deployment went on, but could not create missing topics or ask for the brokers.',
  metric: 'UncheckedTopics',
  period: 60,
  periods: 1,
};

/** Of each function that events pass, dimension `FunctionName`. */
const throttles: Alarm = {
  name: 'throttles',
  description: 'Lambda throttles invocations because no concurrency is left.',
  metric: 'Throttles',
  period: 60,
};

/** Of the HTTP API, dimension `ApiId`. */
const apiAlarms: readonly Alarm[] = [
  {
    // A failure in each period, so that an API with few requests alarms too.
    name: 'publisher-5xx',
    description: 'Clients are answered with 5xx.',
    metric: '5xx',
    period: 60,
    periods: 3,
  },
  {
    name: 'publisher-latency',
    description: 'One request in a hundred takes longer than three seconds.',
    metric: 'Latency',
    statistic: 'p99',
    threshold: 3_000,
  },
];

/** Name of the metric of dead letters in the namespace of the stack, of each function. */
export function deadLetterMetric(functionName: string): string {
  return `DeadLetters-${functionName}`;
}

/**
 * Writes the alarms of the stack, from one table row each, for every consumer, function and API.
 *
 * @returns the SNS topic that all of them notify, and the alarms by logical id
 */
export function alarms(deployment: Deployment): TemplatePart {
  const { prefix, parameters, consumers, publishers, hasHttpApi, deadLetterTopics } = deployment;
  // Those that read other clusters as well.
  const consuming = Object.keys(deadLetterTopics).filter((name) => deadLetterTopics[name]?.length);
  const resources: Record<string, Resource> = {
    Alarms: {
      Type: 'AWS::SNS::Topic',
      Properties: {
        TopicName: `${prefix}-alarms`,
        Subscription:
          parameters.alarmEmail === '' ? [] : [{ Protocol: 'email', Endpoint: parameters.alarmEmail }],
      },
    },
  };
  const add = (alarm: Alarm, label: string, metric: Record<string, unknown>) => {
    resources[alarmId(label, alarm.name)] = alarmResource(
      alarm,
      label === '' ? `${prefix}-${alarm.name}` : `${prefix}-${label}-${alarm.name}`,
      metric,
    );
  };
  const dimension = (Name: string, id: string) => ({ Dimensions: [{ Name, Value: ref(id) }] });

  for (const consumer of consumers) {
    const metric = { Namespace: 'AWS/Lambda', ...dimension('EventSourceMappingUUID', consumer.mappingId) };
    for (const alarm of mappingAlarms) add(alarm, consumer.label, metric);
    for (const alarm of timeAlarms(consumer.retentionSeconds))
      add(alarm, consumer.label, {
        Namespace: 'AWS/Kafka',
        Dimensions: groupDimensions(consumer, deployment.cluster),
      });
  }
  for (const name of consuming) {
    const metric = deadLetterMetric(name);
    resources[`${logicalName(name)}DeadLetterMetric`] = logMetric(name, RECORD_REJECTED, metric, prefix);
    add({ ...deadLetters, metric }, name, { Namespace: prefix });
  }
  if (provisionsTopics(deployment)) {
    const { metric } = uncheckedTopics;
    resources.UncheckedTopicsMetric = logMetric(PROVISION_FUNCTION, TOPICS_NOT_CHECKED, metric, prefix);
    add(uncheckedTopics, PROVISION_FUNCTION, { Namespace: prefix });
  }
  for (const name of new Set([...publishers, ...consuming])) {
    const metric = dimension('FunctionName', `${logicalName(name)}LambdaFunction`);
    add(throttles, name, { Namespace: 'AWS/Lambda', ...metric });
  }
  if (hasHttpApi) {
    const metric = { Namespace: 'AWS/ApiGateway', ...dimension('ApiId', 'HttpApi') };
    for (const alarm of apiAlarms) add(alarm, '', metric);
  }
  return { Resources: resources, Outputs: { AlarmTopicArn: { Value: ref('Alarms') } } };
}

/** Of the metrics that Amazon MSK has of a consumer group. */
export function groupDimensions({ event, topic }: Consumer, { name }: StackCluster) {
  const dimensions = { 'Cluster Name': name, 'Consumer Group': String(event.consumerGroupId), Topic: topic };
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

/** ARNs of the alarms in a part of the template. */
export function alarmArns({ Resources }: TemplatePart): Value[] {
  return Object.entries(Resources).flatMap(([id, { Type }]) =>
    Type === 'AWS::CloudWatch::Alarm' ? [getAtt(id, 'Arn')] : [],
  );
}

/** The logical id of an alarm, for its function, and its topic where that reads several. */
export function alarmId(label: string, name: string): string {
  const words = `${label}-${name}`.split(/[^0-9A-Za-z]+/);
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Alarm`;
}

function alarmResource(alarm: Alarm, name: string, metric: Record<string, unknown>): Resource {
  const { statistic = 'Sum', comparison = 'GreaterThanThreshold', threshold = 0 } = alarm;
  const { period = 300, periods = 3, missing = 'notBreaching' } = alarm;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: name,
      AlarmDescription: alarm.description,
      MetricName: alarm.metric,
      ...metric,
      // A few cold starts must not alarm.
      ...(statistic === 'p99'
        ? { ExtendedStatistic: statistic, EvaluateLowSampleCountPercentile: 'ignore' }
        : { Statistic: statistic }),
      Period: period,
      EvaluationPeriods: periods,
      Threshold: threshold,
      ComparisonOperator: comparison,
      TreatMissingData: missing,
      AlarmActions: [ref('Alarms')],
      OKActions: [ref('Alarms')],
      ...(missing === 'missing' && { InsufficientDataActions: [ref('Alarms')] }),
    },
  };
}

/** Counts a message in the log of a function. */
function logMetric(functionName: string, message: string, name: string, namespace: string): Resource {
  return {
    Type: 'AWS::Logs::MetricFilter',
    Properties: {
      LogGroupName: ref(`${logicalName(functionName)}LogGroup`),
      FilterPattern: `{ $.message = "${message}" }`,
      MetricTransformations: [
        {
          MetricNamespace: namespace,
          MetricName: name,
          MetricValue: '1',
          DefaultValue: 0,
        },
      ],
    },
  };
}
