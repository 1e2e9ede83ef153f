/** What a row must reach, as the median of its rounds. */
export interface Goal {
  readonly work: string;
  readonly against: string;
  readonly unit?: string;
  /** Behind the decimal point. */
  readonly digits?: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const floor = 'base64 + JSON.parse of the value alone';
const powertools = 'Powertools kafkaConsumer + zod';
const officialPieces = 'official pieces';
const kafkajsProducer = 'kafkajs producer';
const platformatic = '@platformatic/kafka producer';

/** Every row of `npm run bench`. A ratio is ours to theirs; of speeds, and of what is N times faster, more is better. */
export const goals = {
  decode: { work: 'decode key, value, 2 headers and validate, CPU per record', against: floor, atMost: 1.4 },
  'decode-ce': { work: 'the same with six ce_ headers checked', against: floor, atMost: 2.2 },
  'decode-bare': {
    work: 'decode, read and validate, CPU per record',
    against: 'the same steps by hand in one loop, nothing checked but the schema',
  },
  'decode-peer': {
    work: 'the same fields read and validated, times faster',
    against: powertools,
    atLeast: 4,
  },
  allocation: { work: 'bytes allocated per record', against: floor, atMost: 1.5 },
  'allocation-growth': {
    work: 'heap after 2,000 batches, over the heap before',
    against: 'the batches before',
    unit: 'MB',
    atMost: 1,
  },
  log: {
    work: 'one log line per record, CPU per line',
    against: 'JSON.stringify of the same line, one write per batch',
    atMost: 0.6,
  },
  'log-peer': { work: 'one log line per record, CPU per line', against: 'Powertools Logger' },
  handler: {
    work: 'whole consumer handler, one JSON line per record to a pipe, times faster',
    against: `${powertools} + Logger`,
    atLeast: 5,
  },
  'publish-one-p50': { work: 'publish one event, p50', against: kafkajsProducer, atMost: 0.55 },
  'publish-one-cpu': { work: 'publish one event, CPU', against: kafkajsProducer, atMost: 0.5 },
  'publish-many-speed': {
    work: 'publish 500 events, events per second',
    against: kafkajsProducer,
    atLeast: 2.5,
  },
  'publish-many-cpu': { work: 'publish 500 events, CPU', against: kafkajsProducer, atMost: 0.35 },
  'publish-one-p50-peer': { work: 'publish one event, p50', against: platformatic },
  'publish-one-cpu-peer': { work: 'publish one event, CPU', against: platformatic },
  'publish-one-p50-floor': {
    work: 'publish one event, p50',
    against: 'a request encoded once, on a bare socket',
  },
  'publish-one-cpu-floor': {
    work: 'publish one event, CPU',
    against: 'a request encoded once, on a bare socket',
  },
  'publish-many-speed-peer': { work: 'publish 500 events, events per second', against: platformatic },
  'publish-many-cpu-peer': { work: 'publish 500 events, CPU', against: platformatic },
  'publisher-idle': {
    work: 'idle warm publisher, CPU',
    against: 'idle kafkajs producer',
    digits: 3,
    atMost: 1 / 50,
  },
  'publisher-size': { work: 'publisher bundle', against: 'nothing', unit: 'KB', atMost: 110 },
  'publisher-load': { work: 'publisher, load over an empty handler', against: officialPieces, atMost: 1 / 8 },
  'publisher-answer': { work: 'publisher, load and first answer', against: officialPieces, atMost: 1 / 4 },
  'consumer-load': { work: 'consumer, load over an empty handler', against: officialPieces, atMost: 1 / 10 },
  'consumer-answer': { work: 'consumer, load and first answer', against: officialPieces },
  'growth-records': {
    work: 'consumer, CPU per record, batch of 10,000',
    against: 'batch of 10',
    atMost: 1.1,
  },
  'growth-partitions': {
    work: 'consumer, CPU per record, 100 partitions',
    against: '1 partition',
    atMost: 1.1,
  },
  'growth-topics': {
    work: 'producer, CPU per record, 10 records for each of 50 topics',
    against: '10 records for 1 topic',
    atMost: 1.1,
  },
  mapping: {
    work: 'local mapping, records per second from topic to function and back, with its log',
    against: 'kafkajs consumer that only parses the same topic',
    atLeast: 0.3,
  },
  'mapping-bare': {
    work: 'local mapping, records per second from topic to function and back, with its log',
    against: 'the same steps by hand around the same handler',
  },
  'mapping-floor': {
    work: 'the same steps by hand around the same handler',
    against: 'kafkajs consumer that only parses the same topic',
  },
  loop: {
    work: 'npm start, time of an event from POST to consumed',
    against: 'the JSON of the event, read and written once',
    digits: 1,
    // Half of 52, which are 11,000 events per second where one takes 1.75 us: what it was when it was first measured.
    atMost: 26,
  },
  'loop-bare': {
    work: 'npm start, time of an event from POST to consumed',
    against: 'the same steps by hand around the same handlers',
  },
  'loop-floor': {
    work: 'the same steps by hand around the same handlers, time of an event',
    against: 'the JSON of the event, read and written once',
    digits: 1,
  },
  latency: {
    work: 'npm start, from POST to consumed, window 0, p50',
    against: 'bare kafkajs producer and consumer, same broker',
    atMost: 1.2,
  },
  'latency-floor': {
    work: 'npm start, from POST to consumed, window 0, p50',
    against: 'its bare steps: HTTP, two threads, an encoded Produce, a Fetch that waits, one line',
  },
  'latency-steps': {
    work: 'the steps of POST to consumed by hand, up to one that is real, p50',
    against: 'bare kafkajs producer and consumer',
  },
  startup: {
    work: 'npm start until the first request is answered',
    against: 'bare serverless-offline of the same service',
    atMost: 0.8,
  },
  'memory-during': {
    work: 'npm start, most memory during 500,000 events, over the memory at the start',
    against: 'nothing',
    unit: 'MB',
    digits: 0,
    atMost: 50,
  },
  'memory-after': {
    work: 'npm start, memory 15 s after 500,000 events, over the memory at the start',
    against: 'nothing',
    unit: 'MB',
    digits: 0,
    atMost: 50,
  },
  'broker-kafkajs': {
    work: 'embedded broker, records per second of kafkajs',
    against: 'Apache Kafka',
    atLeast: 1,
  },
  'broker-java': {
    work: "embedded broker, records per second of Kafka's own performance tools",
    against: 'Apache Kafka',
    atLeast: 0.5,
  },
} as const satisfies Readonly<Record<string, Goal>>;

export type RowName = keyof typeof goals;
