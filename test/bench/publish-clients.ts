import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import type { KafkaRecord } from '../../lib/kafka/record.ts';
import { createLog } from '../../lib/log.ts';

const TOPIC = 'events';
const SEND_TIMEOUT_MS = 20_000;
/** Of the Produce API. */
const VERSION = 7;

/** Sends once. */
export type Send = () => Promise<unknown>;
/**
 * Connects, and prepares to send certain records again and again. Each loads what it needs itself: the producer of this
 * project mends kafkajs in ways that kafkajs alone is without.
 */
type Client = (address: string) => Promise<(records: readonly KafkaRecord[]) => Send>;

const ours: Client = async (address) => {
  const { openProducer } = await import('../../lib/kafka/producer/open-producer.ts');
  const producer = openProducer(kafkaConfiguration({ KAFKA_BROKERS: address }), createLog());
  return (records) => {
    const messages = records.map((record) => ({ topic: TOPIC, ...record }));
    return async () => {
      const deliveries = await producer.send(messages, Date.now() + SEND_TIMEOUT_MS);
      if (deliveries.some(({ status }) => status === 'failed')) throw new Error('an event was not delivered');
    };
  };
};

const kafkajs: Client = async (address) => {
  const { Kafka, logLevel, Partitioners } = await import('kafkajs');
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.ERROR });
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  return (records) => {
    const messages = records.map(({ key, value, headers }) => ({
      key,
      value,
      headers: Object.fromEntries(headers),
    }));
    return () => producer.send({ topic: TOPIC, acks: -1, messages });
  };
};

const platformatic: Client = async (address) => {
  const { Producer } = await import('@platformatic/kafka');
  const producer = new Producer({
    clientId: 'bench',
    bootstrapBrokers: [address],
    idempotent: true,
    acks: -1,
  });
  return (records) => {
    const messages = records.map(({ key, value, headers }) => ({
      topic: TOPIC,
      ...(key && { key }),
      ...(value && { value }),
      headers: new Map(headers.map(([name, content]) => [Buffer.from(name), content])),
    }));
    return () => producer.send({ messages });
  };
};

/** The floor: one request, encoded once, written to a socket again and again until an answer comes. */
const raw: Client = async (address) => {
  const { connect } = await import('node:net');
  const { ByteWriter } = await import('../../lib/kafka/connection/byte-writer.ts');
  const { produceRequest } = await import('../../lib/kafka/producer/produce-request.ts');
  const [host = '', port] = address.split(':');
  const socket = connect(Number(port), host).setNoDelay(true);
  let answered = (): void => {};
  socket.on('data', () => answered());
  return (records) => {
    const noProducer = { producerId: { id: -1n, epoch: -1 }, firstSequence: -1 };
    const request = new ByteWriter();
    // Behind the length: a Produce request, number 1, of no client.
    for (const value of [0, VERSION, 1]) request.int32(value);
    request.string(null);
    produceRequest([{ topic: TOPIC, partition: 0, records, timestamp: Date.now(), ...noProducer }]).write(
      request,
      VERSION,
    );
    request.uint32At(0, request.position - 4);
    const bytes = request.written();
    return () =>
      new Promise<void>((resolve) => {
        answered = resolve;
        socket.write(bytes);
      });
  };
};

export const clients: Readonly<Record<string, Client>> = { ours, kafkajs, platformatic, raw };
