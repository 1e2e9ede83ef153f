import type { Coordinates } from '../../consume/decode-record.ts';
import { ServiceError } from '../../errors.ts';
import { kafkaConfiguration } from '../../kafka/configuration.ts';
import { budgetOf } from '../bounds.ts';
import { closing } from '../closing.ts';
import type { Command, Execution } from '../command.ts';
import { type Edit, editedRecord, rejectionOf } from '../dead-letters/edit.ts';
import type { KindName } from '../dead-letters/kinds.ts';
import { replay } from '../dead-letters/replay.ts';
import { replayReport } from '../dead-letters/replay-report.ts';
import { createSender } from '../dead-letters/sender.ts';
import { forEachTopic, foreignOriginsOf } from '../dead-letters/topics-of-kind.ts';
import { type Line, pairIn } from '../line.ts';
import { UsageError } from '../usage-error.ts';
import { deadLetterFlags, oneRecord } from './dead-letter-flags.ts';

interface EditOptions {
  readonly coordinates: Coordinates;
  readonly edit: Edit;
  readonly readsValue: boolean;
  readonly to: string | undefined;
  readonly dryRun: boolean;
  readonly unchecked: boolean;
}

/** Sends a dead letter back with other bytes. */
export function editCommand(kind: KindName): Command<EditOptions> {
  return {
    name: `${kind} edit`,
    summary: 'sends one of them back with changes, checked with the catalogue',
    words: '<coordinates>',
    flags: {
      set: {
        value: '</pointer=json>',
        says: 'a value inside the JSON value, for example /lines/0/quantity=2',
      },
      value: { value: '<text>', says: 'the whole value; "-" reads it from standard input' },
      key: { value: '<key>', says: 'the record key' },
      header: { value: '<name=value>', says: 'a header, replacing the headers of that name' },
      to: { value: '<topic>', says: 'send to this topic instead' },
      unchecked: { says: 'send it although a consumer would reject it again' },
      'dry-run': { says: 'say what would be sent, and change nothing' },
      ...deadLetterFlags,
    },
    notes: [
      'Everything else stays as it was. The headers __dead.letter.replayed.from and __dead.letter.edited say what was done.',
    ],
    read: readLine,
    execute: async (options, execution) => {
      const { environment, output, log, signal } = execution;
      const { coordinates, to, unchecked } = options;
      const edit = options.readsValue ? { ...options.edit, value: await bytesOf(execution) } : options.edit;
      const { send, disconnect } = createSender(kafkaConfiguration(environment), log);
      const work = { environment, log, output, isOver: () => false };
      return closing(disconnect, () =>
        forEachTopic({ kind, names: [coordinates.topic] }, work, async (topic) => {
          const all = {
            ...options,
            coordinates: [coordinates],
            foreignOrigins: foreignOriginsOf(kind, environment),
            send,
            signal,
            budget: budgetOf({ limit: undefined, seconds: undefined }, execution),
            edit: (record: Parameters<typeof editedRecord>[0], target: string) => {
              const edited = editedRecord(record, edit);
              const issues = unchecked || to !== undefined ? [] : rejectionOf(target, edited, environment);
              if (issues.length === 0) return edited;
              const why = issues.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join(' ');
              throw new ServiceError(
                'schema_violation',
                `a consumer would reject it again (--unchecked sends it anyway): ${why}`,
              );
            },
          };
          return (await replay(topic, all, replayReport(topic, all, output))).complete;
        }),
      );
    },
  };
}

function readLine(line: Line): EditOptions {
  const coordinates = oneRecord('edit', line);
  const value = line.text('value');
  const key = line.text('key');
  const set = line.texts('set').map((text) => {
    const [pointer, json] = pairIn('set', '</pointer=json>', text);
    if (!pointer.startsWith('/')) throw new UsageError(`--set must be </pointer=json>, not "${text}"`);
    return { pointer, value: jsonOrText(json) };
  });
  const headers = line.texts('header').map((text) => {
    const [name, content] = pairIn('header', '<name=value>', text);
    return [name, Buffer.from(content)] as const;
  });
  if (value === undefined && key === undefined && set.length === 0 && headers.length === 0) {
    throw new UsageError('edit takes what to change: --set, --value, --key or --header');
  }
  return {
    coordinates,
    edit: {
      set,
      headers,
      key: key === undefined ? undefined : Buffer.from(key),
      value: value === undefined || value === '-' ? undefined : Buffer.from(value),
    },
    readsValue: value === '-',
    to: line.topic('to'),
    dryRun: line.has('dry-run'),
    unchecked: line.has('unchecked'),
  };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function bytesOf({ input }: Execution): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of input?.() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}
