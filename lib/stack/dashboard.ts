import { deadLetterMetric, groupDimensions } from './alarms.ts';
import type { Deployment } from './deployment.ts';
import { logicalName } from './service-functions.ts';
import { sub, type TemplatePart, type Value } from './template.ts';

const WIDTH = 24;
const THIRD = 8;
const ALARMS_HEIGHT = 3;
const HEIGHT = 6;
const red = { color: '#d62728' };

type Metric = readonly unknown[];

/**
 * Writes the dashboard: alarms on top; then the API with requests, latency and errors; then one row per consumer with
 * events, lag, and dead letters and errors.
 *
 * @param arns - of the alarms
 */
export function dashboard(deployment: Deployment, arns: readonly Value[]): TemplatePart {
  const { prefix, cluster, consumers, publishers, hasHttpApi } = deployment;
  const names: Record<string, unknown> = Object.fromEntries(arns.map((arn, index) => [`Alarm${index}`, arn]));
  const widgets: unknown[] = [
    {
      type: 'alarm',
      x: 0,
      y: 0,
      width: WIDTH,
      height: ALARMS_HEIGHT,
      properties: { title: 'Alarms', alarms: arns.map((_, index) => `\${Alarm${index}}`) },
    },
  ];
  let y = ALARMS_HEIGHT;
  const row = (...charts: readonly object[]) => {
    charts.forEach((properties, index) => {
      const place = { x: index * THIRD, y, width: THIRD, height: HEIGHT };
      widgets.push({
        type: 'metric',
        ...place,
        properties: { region: `\${AWS::Region}`, period: 60, ...properties },
      });
    });
    y += HEIGHT;
  };

  if (hasHttpApi) {
    const api = ['AWS/ApiGateway', 'Latency', 'ApiId', `\${HttpApi}`];
    row(
      { title: 'In: requests per minute', stat: 'Sum', metrics: ofApi(['Count', '4xx', '5xx']) },
      {
        title: 'Publish latency, ms',
        metrics: ['p50', 'p99'].map((stat) => [...api, { stat, label: stat }]),
      },
      { title: 'Publisher errors and throttles', stat: 'Sum', metrics: publishers.flatMap(ofFunction) },
    );
  }
  consumers.forEach((consumer, index) => {
    const { label, functionName } = consumer;
    const uuid = `\${Mapping${index}}`;
    names[`Mapping${index}`] = { Ref: consumer.mappingId };
    const ofMapping = (metric: string, options?: object): Metric =>
      present(['AWS/Lambda', metric, 'EventSourceMappingUUID', uuid, options]);
    row(
      {
        title: `${label}: events per minute`,
        stat: 'Sum',
        metrics: [
          ofMapping('PolledEventCount'),
          ofMapping('CommittedEventCount'),
          ofMapping('FailedInvokeEventCount', red),
        ],
      },
      {
        title: `${label}: lag in events, and in seconds`,
        stat: 'Maximum',
        metrics: [
          ofMapping('SumOffsetLag'),
          ofMapping('MaxOffsetLag'),
          [
            'AWS/Kafka',
            'EstimatedMaxTimeLag',
            ...groupDimensions(consumer, cluster).flatMap(({ Name, Value }) => [Name, Value]),
            { yAxis: 'right' },
          ],
        ],
      },
      {
        title: `${label}: dead letters, failures and errors`,
        stat: 'Sum',
        metrics: [
          [prefix, deadLetterMetric(functionName), { label: 'DeadLetters' }],
          ofMapping('OnFailureDestinationDeliveredEventCount'),
          ofMapping('DroppedEventCount', red),
          ofMapping('PollingErrorCount'),
          ofMapping('CommitErrorCount'),
          ...ofFunction(functionName),
        ],
      },
    );
  });
  return {
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: { DashboardName: prefix, DashboardBody: sub(JSON.stringify({ widgets }), names) },
      },
    },
  };
}

function ofApi(metrics: readonly string[]): Metric[] {
  return metrics.map((metric) =>
    present(['AWS/ApiGateway', metric, 'ApiId', `\${HttpApi}`, metric === '5xx' ? red : undefined]),
  );
}

function ofFunction(name: string): Metric[] {
  return ['Errors', 'Throttles'].map((metric) => [
    'AWS/Lambda',
    metric,
    'FunctionName',
    `\${${logicalName(name)}LambdaFunction}`,
    { label: `${name} ${metric.toLowerCase()}` },
  ]);
}

function present(metric: readonly unknown[]): Metric {
  return metric.filter((part) => part !== undefined);
}
