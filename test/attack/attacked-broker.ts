import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { ErrorCode } from '../../lib/kafka/error-codes.ts';
import { Reader } from '../../lib/kafka/wire/reader.ts';
import { batchSizeAt, readBatchHeader } from '../../lib/kafka/wire/record-batch.ts';
import type { Api } from '../../lib/local/broker/api/api.ts';
import { fetch } from '../../lib/local/broker/api/fetch.ts';
import { metadata } from '../../lib/local/broker/api/metadata.ts';
import { NO_UUID } from '../../lib/local/broker/wire/schema.ts';
import { Writer } from '../../lib/local/broker/wire/writer.ts';
import type { Ground } from './attack.ts';

/** The topic of one partition that an attacked broker has. */
export const TOPIC = 'attacked';
const HOST = '127.0.0.1';
/** The size in front of an answer. */
const SIZE_BYTES = 4;
const ALL_TOPICS = {
  topics: null,
  allowAutoTopicCreation: false,
  includeClusterAuthorizedOperations: false,
  includeTopicAuthorizedOperations: false,
};

/** A broker in a process of its own. */
export class AttackedBroker {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #ground: Ground;
  #slowestMs = 0;

  private constructor(port: number, child: ChildProcess, ground: Ground) {
    this.port = port;
    this.#process = child;
    this.#ground = ground;
  }

  static async start(ground: Ground, dataDirectory = ''): Promise<AttackedBroker> {
    const child = fork(join(__dirname, 'broker-process.ts'), [dataDirectory], {
      execArgv: ['--import', 'tsx', '--expose-gc'],
    });
    ground.after(() => child.kill('SIGKILL'));
    const [message]: unknown[] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [undefined]),
    ]);
    return new AttackedBroker(numberIn(message, 'port'), child, ground);
  }

  /** @throws when the process has ended or does not answer a new connection */
  async expectService(): Promise<void> {
    const started = performance.now();
    const client = await this.connect();
    await client.ask(metadata, 4, ALL_TOPICS);
    client.close();
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - started);
  }

  /**
   * Asks again and again on new connections while `work` goes on.
   *
   * @returns the longest time until an answer, in milliseconds
   */
  async slowestDuring(work: () => Promise<unknown>): Promise<number> {
    this.#slowestMs = 0;
    let over = false;
    const working = work().finally(() => {
      over = true;
    });
    while (!over) await this.expectService();
    await working;
    return Math.round(this.#slowestMs);
  }

  /** The memory of the process after a garbage collection, in MiB. */
  async memory(): Promise<number> {
    this.expectAlive();
    const answer = once(this.#process, 'message');
    this.#process.send('memory');
    const [message]: unknown[] = await answer;
    return Math.round(numberIn(message, 'rss') / 2 ** 20);
  }

  expectAlive(): void {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`the broker has ended with ${exitCode ?? signalCode}`);
    }
  }

  async connect(): Promise<Client> {
    this.expectAlive();
    const socket = connect(this.port, HOST);
    this.#ground.after(() => socket.destroy());
    await once(socket, 'connect');
    return new Client(socket);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}

/** A connection that sends frames as they are given, and waits for answers in their order. */
export class Client {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  readonly #waiting: { resolve(answer: Buffer): void; reject(error: Error): void }[] = [];
  #closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the broker closed the connection'));
    });
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= SIZE_BYTES) {
      const end = SIZE_BYTES + this.#received.readInt32BE(0);
      if (this.#received.length < end) return;
      this.#waiting.shift()?.resolve(this.#received.subarray(SIZE_BYTES, end));
      this.#received = this.#received.subarray(end);
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  async ask<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    request: Request,
  ): Promise<Response> {
    const flexible = version >= api.flexibleFrom;
    const reader = new Reader(await this.send(encode(api, version, request)), flexible);
    reader.int32();
    reader.taggedFields();
    return api.response.read(reader, version);
  }

  /** Sends bytes; the next answer is for them. */
  send(bytes: Buffer): Promise<Buffer> {
    const answer = new Promise<Buffer>((resolve, reject) => {
      if (this.#closed) reject(new Error('the broker closed the connection'));
      else this.#waiting.push({ resolve, reject });
    });
    this.socket.write(bytes);
    return answer;
  }

  /** All record batches of partition 0. */
  async readBatches(topic: string): Promise<Buffer[]> {
    const batches: Buffer[] = [];
    for (let offset = 0; ; ) {
      const answer = await this.ask(fetch, 5, fetchRequest(topic, offset));
      const partition = answer.topics[0]?.partitions[0];
      if (partition?.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE && offset < partition.logStartOffset) {
        offset = partition.logStartOffset;
        continue;
      }
      if (partition?.errorCode !== 0) throw new Error(`Fetch answers ${partition?.errorCode}`);
      const { records } = partition;
      if (records.length === 0) return batches;
      for (let at = 0; at < records.length; ) {
        const batch = records.subarray(at, at + (batchSizeAt(records, at) ?? records.length));
        const header = readBatchHeader(batch);
        if (!header) throw new Error('Fetch answers no whole batch');
        batches.push(batch);
        offset = header.baseOffset + header.lastOffsetDelta + 1;
        at += batch.length;
      }
    }
  }

  /** Resolves when the broker has closed the connection. */
  async closing(): Promise<void> {
    if (!this.#closed) await once(this.socket, 'close');
  }

  close(): void {
    this.socket.destroy();
  }
}

function fetchRequest(name: string, fetchOffset: number) {
  const partition = {
    index: 0,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    maxBytes: 1_000_000,
  };
  return {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ name, id: NO_UUID, partitions: [partition] }],
    forgottenTopics: [],
    rackId: '',
  };
}

/** A whole request, with its size in front. */
export function encode<Request>(api: Api<Request>, version: number, request: Request): Buffer {
  const writer = new Writer(version >= api.flexibleFrom);
  api.request.write(writer, request, version);
  return frame(api.key, version, Buffer.concat(writer.chunks()), version >= api.flexibleFrom);
}

/** A request with a proper header and this body. */
export function frame(key: number, version: number, body: Buffer, flexible = false): Buffer {
  const header = Buffer.alloc(flexible ? 15 : 14);
  header.writeInt32BE(header.length - 4 + body.length, 0);
  header.writeInt16BE(key, 4);
  header.writeInt16BE(version, 6);
  header.writeInt16BE(-1, 12);
  return Buffer.concat([header, body]);
}

function numberIn(message: unknown, key: string): number {
  const value: unknown = typeof message === 'object' && message !== null && Reflect.get(message, key);
  if (typeof value !== 'number')
    throw new Error(`the broker did not start or answer: ${JSON.stringify(message)}`);
  return value;
}
