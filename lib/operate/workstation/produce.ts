import { createReadStream } from 'node:fs';
import { decodeBase64 } from '../../base64.ts';
import { ServiceError } from '../../errors.ts';
import { openProducerFrom } from '../../kafka/producer/open-producer.ts';
import type { RecordHeader } from '../../kafka/record.ts';
import { oneLine } from '../../unprintable.ts';
import { closing } from '../closing.ts';
import { clusterFlags } from '../cluster-flags.ts';
import type { Command } from '../command.ts';
import { counted } from '../counted.ts';
import { type Line, pairIn } from '../line.ts';
import { linesIn, type NumberedLine } from '../produce/lines.ts';
import { type Reading, readingEvents, readingRaw } from '../produce/outgoing.ts';
import { type Produced, produce } from '../produce/produce.ts';
import { UsageError } from '../usage-error.ts';

interface ProduceCommandOptions {
  /** Undefined when each event names its own. */
  readonly type: string | undefined;
  readonly raw:
    | { readonly topic: string; readonly key: string | undefined; readonly headers: RecordHeader[] }
    | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** One event or record; undefined when `file` has them, one on each line. */
  readonly data: string | null | undefined;
  /** `-` for standard input. */
  readonly file: string;
  readonly base64: boolean;
  readonly rate: number | undefined;
}

/** Sends events, and says where each is. */
export const produceCommand: Command<ProduceCommandOptions> = {
  name: 'produce',
  summary: 'sends events of the catalogue, or any record, with a delivery report for each',
  words: '[<type>]',
  flags: {
    data: { value: '<json>', says: 'the data of one event; with --raw the value' },
    file: {
      value: '<path>',
      says: 'one JSON on each line: data of <type>, or events {"type":…,"data":…}; "-" is standard input',
    },
    attribute: { value: '<name=value>', says: 'CloudEvents attribute of every event, for example id=e-1' },
    rate: { value: '<number>', says: 'events per second, at most' },
    raw: { says: 'any record for --topic, unchecked' },
    topic: { value: '<topic>', says: '--raw: by its name on the cluster' },
    key: { value: '<key>', says: '--raw: the record key' },
    header: { value: '<name=value>', says: '--raw: a record header' },
    base64: { says: '--raw: values are base64' },
    tombstone: { says: '--raw: one record without a value' },
    ...clusterFlags,
  },
  notes: [
    'Without --data and --file it reads standard input. What is wrong is reported by line and not sent; the other lines are.',
    'A delivery that fails ends the run. Ctrl-C ends it after what is underway.',
    '',
    `  npm run kafka -- produce order.shipped --data '{"orderId":"o-1","carrier":"post"}'`,
    '  npm run kafka -- produce --file events.ndjson --rate 100',
    '  npm run kafka -- produce --raw --topic orders.legacy --key o-1 --data hello',
  ],
  read: readLine,
  execute: async (options, { environment, output, log, signal, input }) => {
    const read = readingOf(options, environment);
    const one = typeof options.data === 'string' || options.data === null;
    const producer = openProducerFrom(environment, log);
    let delivered = 0;
    const produced = await closing(
      // Flushes: it waits for the outcome of everything that was sent.
      () => producer.disconnect(),
      () =>
        produce(
          linesOf(options, input, signal),
          { producer, read, rate: options.rate, signal },
          {
            delivered: ({ record: { topic }, event }, { partition, offset, timestamp }) => {
              output.progress(`${++delivered} delivered so far`);
              output.result({ topic, partition, offset: Number(offset), timestamp, ...event }, () =>
                oneLine(
                  [`${topic}/${partition}/${offset}`, event?.type, event?.id].filter(Boolean).join('  '),
                ),
              );
            },
            failed: (line, why) =>
              output.problem(oneLine(`${one ? 'It' : `Line ${line}`} was not delivered: ${why}`)),
          },
        ),
    );
    output.note(summary(produced, options.raw ? 'record' : 'event', signal.aborted));
    return produced.failed === 0 && !produced.stopped && !signal.aborted;
  },
};

function readLine(line: Line): ProduceCommandOptions {
  const [type, ...more] = line.words;
  if (more.length > 0) throw new UsageError(`produce takes one event type, not "${more[0]}" too`);
  const raw = line.has('raw') ? rawOf(line, type) : undefined;
  if (raw === undefined) refuseRawFlags(line);
  else if (line.has('attribute'))
    throw new UsageError('--raw knows no --attribute; write --header ce_<name>=<value>');
  const [first, second] = ['data', 'file', 'tombstone'].filter((flag) => line.has(flag));
  if (second !== undefined) throw new UsageError(`Give --${first} or --${second}, not both`);
  return {
    type,
    raw,
    attributes: Object.fromEntries(
      line.texts('attribute').map((text) => pairIn('attribute', '<name=value>', text)),
    ),
    data: line.has('tombstone') ? null : line.text('data'),
    file: line.text('file') ?? '-',
    base64: line.has('base64'),
    rate: line.count('rate'),
  };
}

function rawOf(line: Line, type: string | undefined): NonNullable<ProduceCommandOptions['raw']> {
  const topic = line.topic('topic');
  if (type !== undefined)
    throw new UsageError(`--raw sends records without an event type: leave "${type}" out`);
  if (topic === undefined) throw new UsageError('--raw takes the topic with --topic');
  const headers = line.texts('header').map((text): RecordHeader => {
    const [name, value] = pairIn('header', '<name=value>', text);
    return [name, Buffer.from(value)];
  });
  return { topic, key: line.text('key'), headers };
}

function refuseRawFlags(line: Line): void {
  const foreign = ['topic', 'key', 'header', 'base64', 'tombstone'].find((flag) => line.has(flag));
  if (foreign === undefined) return;
  const why =
    foreign === 'topic' || foreign === 'key'
      ? `the event type decides the ${foreign}`
      : 'an event is made by its type';
  throw new UsageError(`--${foreign} needs --raw: ${why}`);
}

function readingOf(
  { type, raw, attributes, data, base64 }: ProduceCommandOptions,
  environment: Parameters<typeof readingEvents>[2],
): Reading {
  if (raw === undefined) return readingEvents(type, attributes, environment);
  return readingRaw(raw, (text) => {
    if (data === null) return null;
    if (!base64) return Buffer.from(text);
    const bytes = decodeBase64(text);
    if (bytes === undefined) throw new ServiceError('malformed', 'The value is not base64.');
    return Buffer.from(bytes);
  });
}

async function* linesOf(
  { data, file }: ProduceCommandOptions,
  input: (() => AsyncIterable<Buffer>) | undefined,
  signal: AbortSignal,
): AsyncGenerator<NumberedLine[], void> {
  if (data !== undefined) {
    yield [{ number: 1, text: data ?? '' }];
    return;
  }
  const stream = file === '-' ? input?.() : createReadStream(file);
  if (stream !== undefined) yield* linesIn(stream, signal);
}

function summary(
  { delivered, failed, lastLine, stopped }: Produced,
  noun: string,
  interrupted: boolean,
): string {
  const outcome = [`${counted(delivered, noun)} delivered`, ...(failed > 0 ? [`${failed} not`] : [])].join(
    ', ',
  );
  if (interrupted) return `Interrupted: ${outcome}; the next line is ${lastLine + 1}`;
  return stopped ? `Stopped after line ${lastLine}: ${outcome}` : `Flushed: ${outcome}`;
}
