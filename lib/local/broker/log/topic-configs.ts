import { MAX_BATCH_BYTES } from '../../../kafka/record.ts';

/** ConfigType of DescribeConfigs. */
export const ConfigType = { BOOLEAN: 1, STRING: 2, INT: 3, LONG: 5, DOUBLE: 6, LIST: 7 } as const;
type TypeName = keyof typeof ConfigType;

/** The configs of a topic by name. An absent config has its default. */
export type TopicConfigs = Readonly<Record<string, string>>;

/** A topic configuration of Apache Kafka: its type, default and range, and the broker configuration behind it. */
interface Definition {
  readonly type: TypeName;
  readonly default: string;
  readonly min?: string;
  readonly max?: string;
  /** A value outside the range that is still accepted. */
  readonly or?: string;
  readonly values?: readonly string[];
  readonly synonym?: string;
  readonly documentation: string;
}

const INT_MAX = '2147483647';
const LONG_MIN = '-9223372036854775808';
const LONG_MAX = '9223372036854775807';
const DAY_MS = '86400000';
const WEEK_MS = '604800000';

/** The configuration that this broker acts on: TopicConfig and LogConfig of Apache Kafka 4.4. */
const HONOURED = {
  'cleanup.policy': {
    type: 'LIST',
    default: 'delete',
    values: ['compact', 'delete'],
    synonym: 'log.cleanup.policy',
    documentation: 'What happens to old records: delete them, or keep the last one of each key (compact).',
  },
  'delete.retention.ms': {
    type: 'LONG',
    default: DAY_MS,
    min: '0',
    synonym: 'log.cleaner.delete.retention.ms',
    documentation: 'How long a compacted topic keeps a record without a value, which deletes its key.',
  },
  'max.message.bytes': {
    type: 'INT',
    default: String(MAX_BATCH_BYTES),
    min: '0',
    synonym: 'message.max.bytes',
    documentation: 'The largest record batch that is accepted, after compression.',
  },
  'message.timestamp.type': {
    type: 'STRING',
    default: 'CreateTime',
    values: ['CreateTime', 'LogAppendTime'],
    synonym: 'log.message.timestamp.type',
    documentation: 'Whether the time of a record is its creation or its arrival.',
  },
  'min.compaction.lag.ms': {
    type: 'LONG',
    default: '0',
    min: '0',
    synonym: 'log.cleaner.min.compaction.lag.ms',
    documentation: 'How long a record stays as it is before compaction may remove it.',
  },
  'retention.bytes': {
    type: 'LONG',
    default: '-1',
    synonym: 'log.retention.bytes',
    documentation: 'How large a partition may get before its oldest segments are deleted; -1: any size.',
  },
  'retention.ms': {
    type: 'LONG',
    default: WEEK_MS,
    min: '-1',
    documentation: 'How old records may get before their segment is deleted; -1: any age.',
  },
  'segment.bytes': {
    type: 'INT',
    default: '1073741824',
    min: '1048576',
    synonym: 'log.segment.bytes',
    documentation: 'The size from which a segment is closed and a new one begun.',
  },
  'segment.ms': {
    type: 'LONG',
    default: WEEK_MS,
    min: '1',
    documentation: 'The age from which a segment is closed and a new one begun, even if it is not full.',
  },
} as const satisfies Record<string, Definition>;

/**
 * The configuration that is checked, stored and described, and changes nothing on this broker: it has one replica, no
 * tiered storage, no page cache of its own and leaves batches compressed as they came.
 */
const STORED_ONLY: Readonly<Record<string, Definition>> = {
  'compression.gzip.level': {
    type: 'INT',
    default: '-1',
    min: '1',
    max: '9',
    or: '-1',
    synonym: 'compression.gzip.level',
    documentation: 'The level when the broker compresses with gzip.',
  },
  'compression.lz4.level': {
    type: 'INT',
    default: '9',
    min: '1',
    max: '17',
    synonym: 'compression.lz4.level',
    documentation: 'The level when the broker compresses with lz4.',
  },
  'compression.type': {
    type: 'STRING',
    default: 'producer',
    values: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    synonym: 'compression.type',
    documentation: 'The codec in which batches are stored; producer: as they came.',
  },
  'compression.zstd.level': {
    type: 'INT',
    default: '3',
    min: '-131072',
    max: '22',
    synonym: 'compression.zstd.level',
    documentation: 'The level when the broker compresses with zstd.',
  },
  'errors.deadletterqueue.group.enable': {
    type: 'BOOLEAN',
    default: 'false',
    documentation: 'Whether share groups may use the topic as dead letter queue.',
  },
  'file.delete.delay.ms': {
    type: 'LONG',
    default: '60000',
    min: '0',
    synonym: 'log.segment.delete.delay.ms',
    documentation: 'How long the file of a deleted segment stays on disk.',
  },
  'flush.messages': {
    type: 'LONG',
    default: LONG_MAX,
    min: '1',
    synonym: 'log.flush.interval.messages',
    documentation: 'The number of records after which the log is forced to disk.',
  },
  'flush.ms': {
    type: 'LONG',
    default: LONG_MAX,
    min: '0',
    documentation: 'The time after which the log is forced to disk.',
  },
  'follower.replication.throttled.replicas': {
    type: 'LIST',
    default: '',
    documentation: 'The replicas whose copying is slowed down on the side of the follower.',
  },
  'index.interval.bytes': {
    type: 'INT',
    default: '4096',
    min: '0',
    synonym: 'log.index.interval.bytes',
    documentation: 'The bytes of log for which there is one index entry.',
  },
  'leader.replication.throttled.replicas': {
    type: 'LIST',
    default: '',
    documentation: 'The replicas whose copying is slowed down on the side of the leader.',
  },
  'local.retention.bytes': {
    type: 'LONG',
    default: '-2',
    min: '-2',
    synonym: 'log.local.retention.bytes',
    documentation: 'With tiered storage, the size kept on the broker; -2: retention.bytes.',
  },
  'local.retention.ms': {
    type: 'LONG',
    default: '-2',
    min: '-2',
    synonym: 'log.local.retention.ms',
    documentation: 'With tiered storage, the age kept on the broker; -2: retention.ms.',
  },
  'max.compaction.lag.ms': {
    type: 'LONG',
    default: LONG_MAX,
    min: '1',
    synonym: 'log.cleaner.max.compaction.lag.ms',
    documentation: 'The age at which a record must be compacted.',
  },
  'max.decompressed.message.bytes': {
    type: 'INT',
    default: '2147483639',
    min: '1',
    max: '2147483639',
    synonym: 'max.decompressed.message.bytes',
    documentation: 'The largest record batch that is accepted, before compression.',
  },
  'message.timestamp.after.max.ms': {
    type: 'LONG',
    default: '3600000',
    min: '0',
    synonym: 'log.message.timestamp.after.max.ms',
    documentation: 'How far the time of a record may lie in the future.',
  },
  'message.timestamp.before.max.ms': {
    type: 'LONG',
    default: LONG_MAX,
    min: '0',
    synonym: 'log.message.timestamp.before.max.ms',
    documentation: 'How far the time of a record may lie in the past.',
  },
  'min.cleanable.dirty.ratio': {
    type: 'DOUBLE',
    default: '0.5',
    min: '0',
    max: '1',
    synonym: 'log.cleaner.min.cleanable.ratio',
    documentation: 'The share of new records from which a log is compacted.',
  },
  'min.insync.replicas': {
    type: 'INT',
    default: '1',
    min: '1',
    synonym: 'min.insync.replicas',
    documentation: 'The replicas that must have a record before it is acknowledged with acks=all.',
  },
  preallocate: {
    type: 'BOOLEAN',
    default: 'false',
    synonym: 'log.preallocate',
    documentation: 'Whether the file of a segment gets its full size at once.',
  },
  'remote.copy.lag.bytes': {
    type: 'LONG',
    default: '-1',
    min: '-1',
    synonym: 'log.remote.copy.lag.bytes',
    documentation: 'With tiered storage, the size from which segments are copied.',
  },
  'remote.copy.lag.ms': {
    type: 'LONG',
    default: '0',
    min: '-1',
    synonym: 'log.remote.copy.lag.ms',
    documentation: 'With tiered storage, the age from which segments are copied.',
  },
  'remote.log.copy.disable': {
    type: 'BOOLEAN',
    default: 'false',
    documentation: 'With tiered storage, whether copying is suspended.',
  },
  'remote.log.delete.on.disable': {
    type: 'BOOLEAN',
    default: 'false',
    documentation: 'Whether remote segments are deleted when tiered storage is switched off.',
  },
  'remote.storage.enable': {
    type: 'BOOLEAN',
    default: 'false',
    documentation: 'Whether the topic has tiered storage.',
  },
  'segment.index.bytes': {
    type: 'INT',
    default: '10485760',
    min: '4',
    synonym: 'log.index.size.max.bytes',
    documentation: 'The size of the index file of a segment.',
  },
  'segment.jitter.ms': {
    type: 'LONG',
    default: '0',
    min: '0',
    documentation: 'A random part of segment.ms, so that not all segments end together.',
  },
  'unclean.leader.election.enable': {
    type: 'BOOLEAN',
    default: 'false',
    synonym: 'unclean.leader.election.enable',
    documentation: 'Whether a replica that lacks records may become leader.',
  },
};

/** What Kafka's own tests use to get small segments: not described, and goes before segment.bytes. */
const INTERNAL = {
  'internal.segment.bytes': { type: 'INT', default: '', min: '1', documentation: 'For tests.' },
} as const satisfies Record<string, Definition>;

const DESCRIBED: ReadonlyMap<string, Definition> = new Map(
  Object.entries({ ...HONOURED, ...STORED_ONLY }).sort(([a], [b]) => (a < b ? -1 : 1)),
);
const KNOWN: ReadonlyMap<string, Definition> = new Map([...DESCRIBED, ...Object.entries(INTERNAL)]);
/** Longer than any number that fits, so that no client can make the broker compute with a million digits. */
const INTEGER = /^[+-]?\d{1,40}$/;
const THROTTLED_REPLICAS = /^\d+:\d+$/;

/** The topic configuration that Kafka describes, sorted by name. */
export function describedConfigs(): ReadonlyMap<string, Definition> {
  return DESCRIBED;
}

/** Whether the values of this configuration are lists, which can be appended to. */
export function isList(name: string): boolean {
  return KNOWN.get(name)?.type === 'LIST';
}

/** Kafka's default of a config; empty when the config is unknown. */
export function defaultOf(name: string): string {
  return KNOWN.get(name)?.default ?? '';
}

/** The items of a list value. */
export function listItems(value: string): string[] {
  return value.trim() === '' ? [] : [...new Set(value.split(',').map((item) => item.trim()))];
}

/** The names among these that are accepted and described, but change nothing on this broker. */
export function withoutEffect(names: readonly string[]): string[] {
  return names.filter((name) => STORED_ONLY[name] !== undefined);
}

/** The configuration of a topic, or with Kafka's words why it cannot be that. */
export type CheckedConfigs =
  | { readonly configs: TopicConfigs; readonly problem?: never }
  | { readonly configs?: never; readonly problem: string };

/** Checks the whole configuration of a topic and writes its values as Kafka describes them. */
export function checkConfigs(given: TopicConfigs): CheckedConfigs {
  const configs: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const definition = KNOWN.get(name);
    if (!definition) return { problem: `Unknown topic config name: ${name}` };
    const parsed = parse(name, definition, value);
    if (parsed.problem !== undefined) {
      const shown = parsed.shown ?? value;
      return { problem: `Invalid value ${shown} for configuration ${name}: ${parsed.problem}` };
    }
    configs[name] = parsed.value;
  }
  if (configs['remote.storage.enable'] === 'true') {
    return {
      problem:
        'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    };
  }
  const minimum = configs['min.compaction.lag.ms'] ?? HONOURED['min.compaction.lag.ms'].default;
  const maximum = configs['max.compaction.lag.ms'] ?? LONG_MAX;
  if (BigInt(minimum) > BigInt(maximum)) {
    return {
      problem: `conflict topic config setting min.compaction.lag.ms (${minimum}) > max.compaction.lag.ms (${maximum})`,
    };
  }
  return { configs };
}

type Parsed =
  | { readonly value: string; readonly problem?: never }
  | { readonly problem: string; readonly shown?: string };

function parse(name: string, definition: Definition, given: string): Parsed {
  const text = given.trim();
  switch (definition.type) {
    case 'BOOLEAN':
      if (!/^(true|false)$/i.test(text)) return { problem: 'Expected value to be either true or false' };
      return { value: text.toLowerCase() };
    case 'INT':
      return parseInteger(definition, text, `-${BigInt(INT_MAX) + 1n}`, INT_MAX);
    case 'LONG':
      return parseInteger(definition, text, LONG_MIN, LONG_MAX);
    case 'DOUBLE':
      return parseDouble(definition, text);
    case 'STRING':
      return definition.values && !definition.values.includes(text)
        ? { problem: oneOf(definition.values) }
        : { value: text };
    case 'LIST':
      return parseList(name, definition, listItems(text));
  }
}

function parseInteger(definition: Definition, text: string, lowest: string, highest: string): Parsed {
  const value = INTEGER.test(text) ? BigInt(text.replace('+', '')) : undefined;
  if (value === undefined || value < BigInt(lowest) || value > BigInt(highest)) {
    return { problem: `Not a number of type ${definition.type}` };
  }
  const { min, max, or } = definition;
  const tooLow = min !== undefined && value < BigInt(min);
  const tooHigh = max !== undefined && value > BigInt(max);
  if (or !== undefined && (tooLow || tooHigh) && value !== BigInt(or)) {
    return { problem: `Value must be between ${min} and ${max} or equal to ${or}`, shown: String(value) };
  }
  if (or === undefined && tooLow) return { problem: `Value must be at least ${min}`, shown: String(value) };
  if (or === undefined && tooHigh)
    return { problem: `Value must be no more than ${max}`, shown: String(value) };
  return { value: String(value) };
}

function parseDouble({ type, min, max }: Definition, text: string): Parsed {
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) return { problem: `Not a number of type ${type}` };
  const shown = Number.isInteger(value) ? value.toFixed(1) : String(value);
  if (min !== undefined && value < Number(min)) return { problem: `Value must be at least ${min}`, shown };
  if (max !== undefined && value > Number(max))
    return { problem: `Value must be no more than ${max}`, shown };
  return { value: shown };
}

function parseList(name: string, { values }: Definition, items: readonly string[]): Parsed {
  if (values && !items.every((item) => values.includes(item))) return { problem: oneOf(values) };
  if (!values && items.join() !== '*' && !items.every((item) => THROTTLED_REPLICAS.test(item))) {
    return {
      problem: `${name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...`,
      shown: `[${items.join(', ')}]`,
    };
  }
  return { value: items.join() };
}

function oneOf(values: readonly string[]): string {
  return `String must be one of: ${values.join(', ')}`;
}
