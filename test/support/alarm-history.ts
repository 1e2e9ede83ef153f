import type { Resource } from '../../lib/stack/template.ts';

/** Samples of a metric in one minute; undefined: nothing was measured. */
export type Series = (minute: number) => readonly number[] | undefined;

/** Says who is told, and in which minute. */
export interface Notice {
  readonly minute: number;
  readonly state: 'ALARM' | 'INSUFFICIENT_DATA' | 'OK';
}

type State = Notice['state'];

/**
 * Evaluates an alarm each minute, from its creation in minute 0.
 *
 * @param alarm - AWS::CloudWatch::Alarm of one metric
 * @param series - of the metric; a new alarm sees what came before it
 * @returns the changes of state that have an action
 * @see {@link https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html Amazon CloudWatch User Guide, "Alarm evaluation"}
 * @see {@link https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data"}
 */
export function alarmHistory({ Properties = {} }: Resource, series: Series, minutes: number): Notice[] {
  const actions = {
    ALARM: Properties.AlarmActions,
    INSUFFICIENT_DATA: Properties.InsufficientDataActions,
    OK: Properties.OKActions,
  };
  const notices: Notice[] = [];
  let state: State = 'INSUFFICIENT_DATA';
  for (let minute = 0; minute < minutes; minute++) {
    const next = stateAt(minute, Properties, series, state);
    if (next !== state && actions[next] !== undefined) notices.push({ minute, state: next });
    state = next;
  }
  return notices;
}

function stateAt(
  minute: number,
  properties: Readonly<Record<string, unknown>>,
  series: Series,
  before: State,
): State {
  const { EvaluationPeriods, TreatMissingData, Threshold, ComparisonOperator, Period } = properties;
  const period = Number(Period) / 60;
  const points = Array.from({ length: Number(EvaluationPeriods) }, (_, index) => {
    const end = minute - index * period;
    const samples = Array.from({ length: period }, (_each, back) => series(end - back) ?? []).flat();
    return samples.length === 0 ? undefined : statisticOf(samples, properties);
  });
  const present = points.filter((point) => point !== undefined);
  const isBreaching = (point: number): boolean =>
    ComparisonOperator === 'LessThanThreshold' ? point < Number(Threshold) : point > Number(Threshold);
  if (present.length === 0 && TreatMissingData === 'missing') return 'INSUFFICIENT_DATA';
  if (present.length === 0 && TreatMissingData === 'ignore') return before;
  const breaches = points.filter((point) =>
    point === undefined ? TreatMissingData === 'breaching' : isBreaching(point),
  ).length;
  const ignored = TreatMissingData === 'missing' ? points.length - present.length : 0;
  return breaches + ignored === points.length ? 'ALARM' : 'OK';
}

function statisticOf(
  samples: readonly number[],
  { Statistic, ExtendedStatistic }: Readonly<Record<string, unknown>>,
): number {
  const sorted = [...samples].sort((a, b) => a - b);
  switch (Statistic ?? ExtendedStatistic) {
    case 'Sum':
      return samples.reduce((sum, sample) => sum + sample, 0);
    case 'Maximum':
      return Math.max(...samples);
    case 'SampleCount':
      return samples.length;
    case 'p99':
      return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
    default:
      throw new Error(`the statistic ${Statistic ?? ExtendedStatistic} is not evaluated here`);
  }
}
