import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { type Batch, Kafka, logLevel } from 'kafkajs';
import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { Recorder } from '../../lib/local/console/recorder.ts';
import { LocalFunctions } from '../../lib/local/function/local-functions.ts';
import type { PackedEvent } from '../../lib/local/function/packed-event.ts';
import { startEventSourceMapping } from '../../lib/local/mapping/event-source-mapping.ts';
import { collectSoon } from '../../lib/local/start/collect-soon.ts';
import { standardOutput } from '../../lib/local/start/output.ts';
import { createLog } from '../../lib/log.ts';
import { parseEventSourceMappings } from '../../lib/mapping/declaration.ts';
import { bareMapping } from './bare-mapping.ts';
import { onMeasure } from './fresh-process.ts';

const TOPIC = 'events';
const FUNCTION = 'consume';
/** The default of an event source mapping. */
const BATCH_SIZE = 100;
/** At the end of the topic; it holds up the end of a consumer. */
const MAX_WAIT_MS = 100;

/** Reads the topic from the beginning to the end. */
type Read = () => Promise<void>;

/** The last of a topic are not measured: they may wait until the batching window of the mapping is over. */
const UNMEASURED = 300;

/** Measures from the assignment of the partitions until the records are done. */
class Reading {
  readonly #count: number;
  #begin = 0;
  #end = 0;
  #left = 0;
  #done = (): void => {};

  /** @param count - records in the topic */
  constructor(count: number) {
    this.#count = count;
  }

  /**
   * @param read - makes a consumer begin
   * @returns records per second
   */
  async speed(read: Read): Promise<number> {
    const done = new Promise<void>((resolve) => {
      this.#done = resolve;
    });
    await read();
    await done;
    return ((this.#count - UNMEASURED) * 1_000) / (this.#end - this.#begin);
  }

  readonly assigned = (): void => {
    this.#begin = performance.now();
    this.#left = this.#count;
  };

  readonly records = (count: number): void => {
    const wasMeasured = this.#left > UNMEASURED;
    this.#left -= count;
    if (wasMeasured && this.#left <= UNMEASURED) this.#end = performance.now();
    if (this.#left <= 0) this.#done();
  };
}

type Contender = (address: string, reading: Reading, bundle: string) => Promise<Read>;

/** A new group each time. */
function kafkajsConsumer(address: string, reading: Reading, take: (batch: Batch) => void): Read {
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.ERROR });
  let last: ReturnType<Kafka['consumer']> | undefined;
  return async () => {
    await last?.disconnect();
    const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: MAX_WAIT_MS });
    last = consumer;
    consumer.on(consumer.events.GROUP_JOIN, reading.assigned);
    await consumer.connect();
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await consumer.run({ eachBatch: async ({ batch }) => take(batch) });
  };
}

const kafkajs: Contender = async (address, reading) =>
  kafkajsConsumer(address, reading, ({ messages }) => {
    for (const { value } of messages) JSON.parse(value?.toString() ?? '');
    reading.records(messages.length);
  });

/** {@link bareMapping} behind the same consumer. */
const bare: Contender = async (address, reading, bundle) =>
  kafkajsConsumer(address, reading, bareMapping(bundle, BATCH_SIZE, reading.records));

/** The event source mapping, the sandbox of the function, its output and the recorder of the console, as in `npm start`. */
const ours: Contender = async (address, reading, bundle) => {
  collectSoon();
  const recorder = new Recorder();
  const codeDirectory = path.dirname(path.dirname(bundle));
  const functions = new LocalFunctions(
    new Map([
      [
        FUNCTION,
        {
          name: FUNCTION,
          handler: `handlers/${FUNCTION}.handler`,
          codeDirectory,
          timeoutMs: 60_000,
          memorySize: 512,
          environment: { KAFKA_BROKERS: address },
        },
      ],
    ]),
    { output: standardOutput({ log: 'json' }).handler, observe: recorder.observe },
  );
  const invoke = async (event: PackedEvent) => {
    const result = await functions.invoke(FUNCTION, event);
    if (!result.ok) throw new Error(result.error.errorMessage);
    return result;
  };
  const inFlight = new Map<number, number>();
  const arn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/bench/0a1b2c3d-0000-0000-0000-000000000000-1';
  const [declaration] = parseEventSourceMappings({
    [FUNCTION]: { timeout: 60, events: [{ msk: { arn, topic: TOPIC, consumerGroupId: randomUUID() } }] },
  });
  if (declaration === undefined) throw new Error('no mapping was declared');
  const start = () =>
    startEventSourceMapping({
      declaration,
      kafka: kafkaConfiguration({ KAFKA_BROKERS: address }),
      invoke,
      log: createLog({ write: (line) => process.stderr.write(line) }),
      observe: (fact) => {
        if (fact.kind === 'assigned') reading.assigned();
        if (fact.kind === 'invoking') inFlight.set(fact.invocation, fact.records.length);
        if (fact.kind === 'invoked') reading.records(inFlight.get(fact.invocation) ?? 0);
        recorder.observe(fact);
      },
    });
  let mapping: Awaited<ReturnType<typeof start>> | undefined;
  return async () => {
    if (mapping !== undefined) await mapping.reset('earliest');
    else {
      mapping = await start();
      recorder.expect({ uuid: mapping.uuid, topic: TOPIC }, `${TOPIC}.dlq`);
    }
  };
};

const contenders: Readonly<Record<string, Contender>> = { kafkajs, bare, ours };

async function start(name = '', address = '', records = '', bundle = ''): Promise<void> {
  const reading = new Reading(Number(records));
  const read = await contenders[name]?.(address, reading, bundle);
  if (read === undefined) throw new Error(`There is no ${name}`);
  const warmUp = reading.speed(read);
  // At once: nothing else keeps this process alive.
  onMeasure(async () => {
    await warmUp;
    const before = process.cpuUsage();
    const speed = await reading.speed(read);
    const { user, system } = process.cpuUsage(before);
    return { speed, cpu: (user + system) / Number(records) };
  });
}

void start(...process.argv.slice(2));
