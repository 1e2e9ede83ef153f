import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Environment } from '../../kafka/configuration.ts';
import { topicName } from '../../kafka/topic-names.ts';
import { catalogue, type EventTypeName } from '../../schema/catalogue.ts';
import { topicOf } from '../../schema/topics.ts';
import { exampleEvent } from '../../testing/example-event.ts';
import { httpEvent } from '../../testing/http-event.ts';
import { eventRecord, mskEvent, poisonRecords, type RecordInput } from '../../testing/msk-event.ts';
import type { Command, Execution } from '../command.ts';
import type { Line } from '../line.ts';
import { unknownEventType } from '../unknown-event-type.ts';
import { UsageError } from '../usage-error.ts';

interface GenerateOptions {
  readonly types: readonly EventTypeName[];
  readonly as: 'msk' | 'http';
  readonly count: number;
  readonly partitions: number;
  readonly poison: boolean;
  readonly tombstone: boolean;
  readonly out: string | undefined;
}

const recordFlags = ['partitions', 'poison', 'tombstone'];

/** Makes what a function is invoked with. */
export const eventsGenerateCommand: Command<GenerateOptions> = {
  name: 'events generate',
  summary: 'makes the event of a function from the schemas, for invoke local and tests',
  words: '[<type>…]',
  flags: {
    as: {
      value: '<kind>',
      says: 'msk for what the mapping passes to a consumer, or http for POST /events; msk by default',
    },
    count: {
      value: '<number>',
      says: 'valid events, of all types of the catalogue in turn unless some are named',
    },
    partitions: { value: '<number>', says: 'msk: spread over this many partitions' },
    poison: { says: 'msk: adds records that no consumer can process, one of each kind' },
    tombstone: { says: 'msk: adds a record without a value' },
    out: { value: '<path>', says: 'write it to this file' },
    'topic-prefix': {
      value: '<prefix>',
      says: 'before the topics of the catalogue; else KAFKA_TOPIC_PREFIX',
    },
  },
  notes: [
    '  npm run kafka -- events generate order.placed --count 3 --out .local/event.json',
    '  npx serverless invoke local -f consume --path .local/event.json --env KAFKA_BROKERS=localhost:9092',
  ],
  read: readLine,
  execute: async (options, execution) => {
    const { environment, output } = execution;
    const event =
      options.as === 'http' ? request(options) : batch(options, (topic) => topicName(topic, environment));
    const text = indented(event);
    if (options.out === undefined) output.result(event, () => text);
    else {
      mkdirSync(dirname(options.out), { recursive: true });
      writeFileSync(options.out, `${text}\n`);
      output.note(`Wrote ${options.out}: ${await invocation(options.out, options, execution)}`);
    }
    return true;
  },
};

/** How to invoke the function with the event, or that no function takes it. */
async function invocation(
  out: string,
  { as, types }: GenerateOptions,
  { environment, declaredConsumers }: Execution,
): Promise<string> {
  const [topic = ''] = types.map((type) => topicName(topicOf(type), environment));
  const consumers = as === 'msk' ? await declaredConsumers?.() : undefined;
  const reader = consumers?.find((consumer) => consumer.topic === topic);
  if (consumers !== undefined && reader === undefined) return `no function of serverless.yml reads ${topic}`;
  const name = as === 'http' ? 'publish' : (reader?.functionName ?? 'consume');
  return `npx serverless invoke local -f ${name} --path ${out} --env KAFKA_BROKERS=${brokersIn(environment)}`;
}

/** The function needs a broker: it publishes, or writes dead letters. */
function brokersIn({ KAFKA_BROKERS }: Environment): string {
  return KAFKA_BROKERS || 'localhost:9092';
}

function readLine(line: Line): GenerateOptions {
  const as = line.text('as') ?? 'msk';
  if (as !== 'msk' && as !== 'http') throw new UsageError(`--as must be msk or http, not "${as}"`);
  const foreign = recordFlags.find((flag) => as === 'http' && line.has(flag));
  if (foreign !== undefined)
    throw new UsageError(`A request has no records: leave --${foreign} out, or --as http`);
  const types = line.words.length === 0 ? catalogue.map(({ type }) => type) : line.words.map(knownType);
  return {
    types,
    as,
    count: line.count('count') ?? types.length,
    partitions: line.count('partitions') ?? 1,
    poison: line.has('poison'),
    tombstone: line.has('tombstone'),
    out: line.text('out'),
  };
}

function knownType(word: string): EventTypeName {
  const found = catalogue.find(({ type }) => type === word);
  if (found === undefined) throw new UsageError(unknownEventType(word));
  return found.type;
}

function eventsOf({ types, count }: GenerateOptions) {
  const attributes = (index: number) => ({
    id: `generated-${index + 1}`,
    source: '/events/generate',
    time: new Date().toISOString(),
  });
  return Array.from({ length: count }, (_, index) => {
    const type = types[index % types.length];
    if (type === undefined) throw new UsageError('The catalogue has no event type');
    return exampleEvent(type, undefined, attributes(index));
  });
}

function batch(options: GenerateOptions, nameOf: (topic: string) => string): object {
  const { partitions, poison, tombstone } = options;
  const events = eventsOf(options).map((event) => eventRecord(event, { topic: nameOf(topicOf(event.type)) }));
  const [{ topic = 'events' } = {}] = events;
  const broken: RecordInput[] = [
    ...(poison
      ? Object.entries(poisonRecords).flatMap(([kind, record]) => (kind === 'tombstone' ? [] : [record]))
      : []),
    ...(tombstone || poison ? [poisonRecords.tombstone] : []),
  ].map((record) => ({ ...record, topic }));
  return mskEvent(
    [...events, ...broken].map((record, index) => ({ ...record, partition: index % partitions })),
  );
}

function request(options: GenerateOptions): object {
  const events = eventsOf(options).map(({ attributes, data }) => ({ ...attributes, data }));
  return httpEvent({ body: events.length === 1 ? events[0] : events });
}

/** Header bytes on one line, as a person would write them. */
function indented(event: object): string {
  const text = JSON.stringify(event, undefined, 2);
  return text.replace(/\[\s+(?:-?\d+,?\s+)+\]/g, (bytes) =>
    JSON.stringify(JSON.parse(bytes)).replaceAll(',', ', '),
  );
}
