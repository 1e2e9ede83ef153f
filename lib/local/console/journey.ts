import { isJsonObject } from '../../json.ts';
import type { Place } from '../observation.ts';
import type { ConsoleCatalogue } from './console-catalogue.ts';
import { rowOf } from './event-rows.ts';
import type { Invocation, MappingTrace } from './mapping-trace.ts';
import { holds } from './offset-runs.ts';
import type { RecentRecord } from './recent-records.ts';
import type { Answer, Printed, Recorder } from './recorder.ts';
import type { EventDetail, LogLine, Step } from './wire.ts';

const MAX_DATA_CHARACTERS = 100_000;
const MAX_HEADER_CHARACTERS = 1_000;
const MAX_LINES = 200;
const MAX_LINE_CHARACTERS = 4_000;

/** Tells the whole way of one event: from the request to the commit, with what the functions logged. */
export function journeyOf(
  recent: RecentRecord,
  recorder: Recorder,
  catalogue: ConsoleCatalogue,
): EventDetail {
  const { topic, record } = recent;
  const shown = catalogue.show(topic, record, true);
  const row = rowOf(recent, recorder, catalogue, shown);
  const invocations = recorder.readersOf(topic).flatMap((trace) => trace.invocationsOf(record));
  const steps = [
    ...requestSteps(recent, recorder),
    { at: recent.at, title: 'Appended', detail: row.place, tone: 'neutral' as const },
    ...recorder.readersOf(topic).flatMap((trace) => mappingSteps(trace, record)),
    ...deadLetterSteps(recent, recorder),
  ];
  const data = shown.data === undefined ? shown.text : JSON.stringify(shown.data, null, 2);
  return {
    row,
    headers: record.headers.map(([name, value]) => [
      cut(name, MAX_HEADER_CHARACTERS),
      cut(value?.toString() ?? '', MAX_HEADER_CHARACTERS),
    ]),
    data: cut(data ?? '', MAX_DATA_CHARACTERS),
    bytes: record.value?.length ?? 0,
    steps: steps.toSorted((a, b) => a.at - b.at),
    lines: linesOf(recent, invocations, recorder),
  };
}

function requestSteps(recent: RecentRecord, recorder: Recorder): Step[] {
  const answer = answerOf(recent, recorder);
  if (answer === undefined) return [];
  const { at, method, path, functionName, status, durationMs } = answer;
  return [
    {
      at: at - durationMs,
      title: 'Posted',
      detail: `${method} ${path} to ${functionName}`,
      tone: 'neutral',
    },
    { at, title: `Answered ${status}`, detail: ms(durationMs), tone: status < 300 ? 'good' : 'bad' },
  ];
}

/** The answer whose delivery report names the record. */
function answerOf({ topic, record, at }: RecentRecord, recorder: Recorder): Answer | undefined {
  for (const answer of recorder.answers.newestFirst()) {
    if (answer.at < at) return undefined;
    if (answer.at - answer.durationMs > at + 1 || typeof answer.body !== 'string') continue;
    if (deliveriesIn(answer.body).some((each) => isAt(each, topic, record))) return answer;
  }
  return undefined;
}

function deliveriesIn(body: string): readonly unknown[] {
  try {
    const report: unknown = JSON.parse(body);
    return isJsonObject(report) && Array.isArray(report.deliveries) ? report.deliveries : [];
  } catch {
    return [];
  }
}

function isAt(value: unknown, topic: string, { partition, offset }: Place): boolean {
  return (
    isJsonObject(value) && value.topic === topic && value.partition === partition && value.offset === offset
  );
}

function mappingSteps(trace: MappingTrace, place: Place): Step[] {
  const steps: Step[] = [];
  for (const poll of trace.polls.newestFirst()) {
    if (poll.partition !== place.partition || poll.first > place.offset || poll.last < place.offset) continue;
    steps.push({ at: poll.at, title: 'Polled by the mapping', tone: 'neutral' });
    break;
  }
  const invocations = trace.invocationsOf(place);
  for (const invocation of invocations) steps.push(...invocationSteps(invocation, place));
  const givenUp = trace.givenUpOf(place);
  if (givenUp !== undefined) {
    const detail = {
      filtered: 'No filter pattern matches its value: the function does not get it',
      skipped: 'Skipped by hand, and written to no other topic',
      discarded: `${givenUp.condition}: ${
        givenUp.destination === 'onFailure'
          ? 'sent to the on-failure destination'
          : 'dropped, there is no on-failure destination'
      }`,
    }[givenUp.what];
    const title = { filtered: 'Filtered out', skipped: 'Skipped', discarded: 'Given up' }[givenUp.what];
    steps.push({ at: givenUp.at, title, detail, tone: givenUp.what === 'filtered' ? 'neutral' : 'bad' });
  }
  const commit = firstCommit(trace, place);
  if (commit !== undefined) {
    steps.push({ at: commit.at, title: 'Committed', detail: `offset ${commit.offset}`, tone: 'good' });
  }
  return steps;
}

function invocationSteps(invocation: Invocation, place: Place): Step[] {
  const {
    at,
    records,
    attempt,
    batch,
    durationMs,
    outcome,
    reason,
    pauseMs,
    again = [],
    duplicated,
  } = invocation;
  const title = duplicated
    ? `Delivered once more on purpose, batch ${batch}`
    : `Attempt ${attempt}, batch ${batch} of ${records === 1 ? '1 record' : `${records} records`}`;
  const begun: Step = { at, title, tone: 'neutral' };
  if (outcome === undefined || durationMs === undefined || duplicated) return [begun];
  const isAgain = again.some((runs) => holds(runs, place));
  const next = again.length > 1 ? 'split in two, ' : '';
  const detail = isAgain
    ? `${reason}: ${next}sent again${pauseMs === undefined ? '' : ` in ${ms(pauseMs)}`}`
    : reason || ms(durationMs);
  const verdict = {
    success: 'Processed',
    partial: 'Batch processed in part',
    failure: 'Failed',
    uncounted: 'Throttled',
  };
  return [
    begun,
    { at: at + durationMs, title: verdict[outcome], detail, tone: isAgain ? 'waiting' : tone(outcome) },
  ];
}

function tone(outcome: NonNullable<Invocation['outcome']>): Step['tone'] {
  return outcome === 'success' || outcome === 'partial' ? 'good' : 'bad';
}

function firstCommit(
  trace: MappingTrace,
  { partition, offset }: Place,
): { at: number; offset: number } | undefined {
  let found: { at: number; offset: number } | undefined;
  for (const commit of trace.commits.newestFirst()) {
    if (commit.partition !== partition) continue;
    if (commit.offset <= offset) break;
    found = commit;
  }
  return found;
}

function deadLetterSteps({ topic, record }: RecentRecord, recorder: Recorder): Step[] {
  const letter = recorder.deadLetterOf(topic, record);
  if (letter === undefined) return [];
  return [{ at: letter.at, title: 'Sent to the dead letter topic', detail: letter.place, tone: 'bad' }];
}

/** Lines that name the record, or an invocation with it; the latter only when no line names a record at all. */
function linesOf(recent: RecentRecord, invocations: readonly Invocation[], recorder: Recorder): LogLine[] {
  const requestIds = invocations.flatMap(({ requestId }) =>
    requestId === undefined ? [] : [Buffer.from(requestId)],
  );
  const correlation = recent.record.headers.find(([name]) => name === 'correlation-id')?.[1];
  const needles = [...requestIds, ...(correlation ? [correlation] : [])];
  const lines: LogLine[] = [];
  for (const printed of recorder.printed.newestFirst()) {
    const bytes = Buffer.from(printed.bytes.buffer, printed.bytes.byteOffset, printed.bytes.length);
    if (printed.at < recent.at - 60_000) break;
    if (!needles.some((needle) => bytes.includes(needle))) continue;
    lines.unshift(...linesIn(printed, bytes.toString(), recent, correlation?.toString()));
    if (lines.length >= MAX_LINES) break;
  }
  return lines.slice(-MAX_LINES);
}

function linesIn(
  { at, functionName }: Printed,
  text: string,
  { topic, record }: RecentRecord,
  correlation: string | undefined,
): LogLine[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const fields = parsedLine(line);
    const namesOther =
      fields !== undefined &&
      typeof fields.offset === 'number' &&
      !isAt(fields, topic, record) &&
      fields.correlationId !== correlation;
    if (namesOther) return [];
    const level = typeof fields?.level === 'string' ? fields.level : 'info';
    return [{ at, functionName, level, text: cut(line, MAX_LINE_CHARACTERS) }];
  });
}

function parsedLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function ms(duration: number): string {
  if (duration < 1_000) return `${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`;
  return `${(duration / 1_000).toFixed(1)} s`;
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}… (${text.length - most} characters more)` : text;
}
