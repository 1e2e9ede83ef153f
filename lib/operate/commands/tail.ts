import { connectionOptions } from '../../kafka/client/connection.ts';
import { kafkaConfiguration } from '../../kafka/configuration.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import { connectTopicReader } from '../../kafka/reading/topic-reader.ts';
import { topicName } from '../../kafka/topic-names.ts';
import { topics as catalogue } from '../../schema/topics.ts';
import { type Bounded, boundFlags, boundsIn, budgetOf } from '../bounds.ts';
import { closing } from '../closing.ts';
import { clusterFlags } from '../cluster-flags.ts';
import type { Command } from '../command.ts';
import { counted } from '../counted.ts';
import type { Line } from '../line.ts';
import { type Filter, isMeant, parseWhere } from '../tail/filter.ts';
import { readInGroup } from '../tail/group.ts';
import { readRecords } from '../tail/read.ts';
import { parseStart, type Start, startOffsets } from '../tail/start.ts';
import { isOwnTopic, tailedJson, tailedLine, tailedRecord } from '../tail/tailed-record.ts';
import { UsageError } from '../usage-error.ts';

interface TailOptions extends Bounded, Filter {
  readonly topic: string;
  readonly from: Start;
  readonly follow: boolean;
  readonly group: string | undefined;
  readonly sensitive: boolean;
}

/** Reads a topic, decoded. */
export const tailCommand: Command<TailOptions> = {
  name: 'tail',
  summary: 'the records of a topic, decoded and checked with the catalogue',
  words: '<topic>',
  flags: {
    from: {
      value: '<position>',
      says: 'beginning, end, a time (2026-01-31T12:00:00Z) or <partition>:<offset>; beginning, or end with --follow',
    },
    follow: { says: 'keep reading new records until Ctrl-C', short: 'f' },
    type: { value: '<type>', says: 'events of this type only' },
    key: { value: '<key>', says: 'records with this key only' },
    where: {
      value: '</pointer=value>',
      says: 'data with this value only, for example /orderId=o-1; may be repeated',
    },
    group: {
      value: '<group>',
      says: 'read as a member of this consumer group, from what it has committed, and commit',
    },
    sensitive: { says: 'show sensitive data; otherwise it is redacted, as in the log' },
    ...boundFlags,
    ...clusterFlags,
  },
  notes: [
    'A member of a group reads until Ctrl-C; a partition that the group has not read begins at --from.',
  ],
  read: readLine,
  execute: async (options, execution) => {
    const { environment, output, log } = execution;
    const topic = catalogue.includes(options.topic) ? topicName(options.topic, environment) : options.topic;
    const visibility = { sensitive: options.sensitive, own: isOwnTopic(topic, environment) };
    const budget = budgetOf(options, execution);
    // A deadline must also end the wait for the next record.
    const signal = budget.endingWith(execution.signal);
    let read = 0;
    let shown = 0;
    /** @returns whether more are wanted */
    const take = (record: ConsumedRecord): boolean => {
      read++;
      const tailed = tailedRecord(topic, record, environment);
      output.progress(`${read} records read, ${shown} shown`);
      if (!isMeant(options, tailed)) return true;
      shown++;
      const bytes = output.result(tailedJson(tailed, visibility), () => tailedLine(tailed, visibility));
      budget.countRecord(bytes);
      return budget.spent === undefined;
    };
    const connection = await connectionOptions(kafkaConfiguration(environment));
    const reader = await connectTopicReader(connection, topic, log);
    await closing(reader.disconnect, async () => {
      const start = await startOffsets(reader, options.from);
      const { group: groupId, follow } = options;
      if (groupId !== undefined) {
        const { note, problem } = output;
        return readInGroup({ connection, groupId, topic, start, take, note, problem, log, signal });
      }
      for await (const record of readRecords(reader, start, { follow, signal })) {
        if (signal.aborted || !take(record)) break;
      }
    });
    output.note(`${counted(shown, 'record')} of ${topic}${shown === read ? '' : `, ${read} read`}`);
    // Ctrl-C is how following ends.
    return options.follow || options.group !== undefined || !execution.signal.aborted;
  },
};

function readLine(line: Line): TailOptions {
  const [topic, ...more] = line.words;
  if (topic === undefined || topic === '') throw new UsageError('tail takes a topic');
  if (more.length > 0) throw new UsageError(`tail takes one topic, not "${more[0]}" too`);
  const follow = line.has('follow');
  const text = line.text('from') ?? (follow ? 'end' : 'beginning');
  const from = parseStart(text);
  if (from === undefined) {
    throw new UsageError(
      `--from must be beginning, end, a time in ISO 8601 with its zone, or <partition>:<offset>, not "${text}"`,
    );
  }
  const group = line.text('group');
  if (group !== undefined && typeof from === 'object' && 'partition' in from) {
    throw new UsageError('A member of a group reads all partitions: --from takes no offset with --group');
  }
  const where = line.texts('where').map((condition) => {
    const parsed = parseWhere(condition);
    if (parsed === undefined) throw new UsageError(`--where must be </pointer=value>, not "${condition}"`);
    return parsed;
  });
  return {
    topic,
    from,
    follow,
    type: line.text('type'),
    key: line.text('key'),
    where,
    group,
    sensitive: line.has('sensitive'),
    ...boundsIn(line),
  };
}
