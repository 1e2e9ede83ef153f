import { isIP, type Socket } from 'node:net';
import type { Log } from '../../log.ts';
import type { Observe } from '../observation.ts';
import { Connection } from './connection.ts';
import { correctCommittedOffsets } from './correct-offsets.ts';
import { openDataDirectory } from './data-directory.ts';
import { EmbeddedCluster, FIRST_NODE_ID } from './embedded-cluster.ts';
import { Faults } from './faults.ts';
import { CommittedOffsets } from './groups/committed-offsets.ts';
import { GroupCoordinator } from './groups/group-coordinator.ts';
import { Listener } from './listener.ts';
import { LogCleaner } from './log/log-cleaner.ts';
import { topicNameProblem } from './log/topic-name-problem.ts';
import { TopicStore } from './log/topic-store.ts';

const DEFAULT_HOST = '127.0.0.1';
/** Where Kafka clients look for a broker. */
const DEFAULT_PORT = 9092;
const DEFAULT_PARTITIONS = 3;
/** Per partition: enough for development, little disk space. */
const DEFAULT_RETENTION_BYTES = 256 * 1024 * 1024;
/** The node that faults.moveLeader() brings up. */
const SECOND_NODE_ID = 2;
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
/**
 * The requests of all connections together that have arrived in part, or wait for the one before: queued.max.request.bytes,
 * without limit in Kafka. Beyond it, the connection that holds most is closed.
 */
const MAX_BUFFERED_BYTES = 256 * 1024 * 1024;
/** Warnings about client requests, each logged once. */
const MAX_REPORTED = 100;
/** How long stop() waits for clients to read their answers. */
const LINGER_MS = 500;

export interface BrokerOptions {
  /** A loopback address; default 127.0.0.1. The broker has no authentication, so no other is accepted. */
  readonly host?: string;
  /** Default 9092; 0 means any free port. */
  readonly port?: number;
  /** Where topics, records and committed offsets are kept; absent: in memory. */
  readonly dataDirectory?: string;
  /** The bytes of records kept per partition, the oldest go first; default 256 MiB. */
  readonly retentionBytes?: number;
  /** For topics created without a number of partitions; default 3. */
  readonly defaultPartitions?: number;
  /** Absent: no log. */
  readonly log?: Log;
  /** Called after every append. */
  readonly observe?: Observe | undefined;
}

export interface StopOptions {
  /** As if the process were killed: connections are reset, answers on their way are lost. */
  readonly abrupt?: boolean;
}

export interface Broker {
  readonly host: string;
  readonly port: number;
  /** host:port, as in bootstrap.servers. */
  readonly address: string;
  /** Faults for tests. */
  readonly faults: Faults;
  /**
   * Creates a topic. An existing topic does not change.
   *
   * @throws when the topic name is not valid
   */
  createTopic(name: string, partitions?: number): void;
  /** Closes all connections and releases the port and the data directory, within a second. */
  stop(options?: StopOptions): Promise<void>;
}

/**
 * Starts a Kafka-protocol broker in this process, for development and tests: a cluster of one node, on the loopback
 * interface, without authentication, transactions and replication.
 *
 * With a data directory, every acknowledged record survives the end of the process. It is then with the operating system,
 * not necessarily on disk: there is no fsync, as in Kafka by default.
 *
 * @throws when the host is not a loopback address, the port is taken or the data directory is in use
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const broker = new EmbeddedBroker(options);
  await broker.start();
  return broker;
}

class EmbeddedBroker implements Broker {
  readonly host: string;
  readonly faults: Faults;
  readonly #cluster: EmbeddedCluster;
  readonly #listeners = new Map<number, Listener>();
  readonly #connections = new Set<Connection>();
  readonly #reported = new Set<string>();
  readonly #cleaner: LogCleaner;
  readonly #unlock: (() => void) | undefined;
  #bufferedBytes = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: BrokerOptions) {
    this.host = loopback(options.host ?? DEFAULT_HOST);
    const { dataDirectory: directory, retentionBytes = DEFAULT_RETENTION_BYTES, log = SILENT } = options;
    this.#unlock = directory === undefined ? undefined : openDataDirectory(directory, log);
    try {
      const topics = new TopicStore({ directory, retentionBytes, log });
      const offsets = new CommittedOffsets(directory, log);
      correctCommittedOffsets(offsets, topics, log);
      this.#cluster = new EmbeddedCluster({
        topics,
        groups: new GroupCoordinator(offsets),
        defaultPartitions: options.defaultPartitions ?? DEFAULT_PARTITIONS,
        retentionBytes,
        log,
        observe: options.observe,
      });
    } catch (error) {
      this.#unlock?.();
      throw error;
    }
    this.#cleaner = new LogCleaner(this.#cluster.topics, log);
    this.#addListener(FIRST_NODE_ID, options.port ?? DEFAULT_PORT);
    this.faults = new Faults({
      connections: () => this.#connections,
      stopListening: () => {
        for (const listener of this.#listeners.values()) listener.close();
      },
      listenAgain: async () => {
        if (this.#stopped !== undefined) return;
        for (const listener of this.#listeners.values()) await listener.open();
      },
      moveLeader: () => this.#moveLeader(),
    });
  }

  get port(): number {
    return this.#cluster.coordinator.port;
  }

  get address(): string {
    return isIP(this.host) === 6 ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    try {
      await this.#open(FIRST_NODE_ID);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  createTopic(name: string, partitions = this.#cluster.defaultPartitions): void {
    const problem = topicNameProblem(name);
    if (problem !== undefined) throw new Error(problem);
    if (!this.#cluster.topics.get(name)) this.#cluster.topics.create(name, partitions);
  }

  stop(options: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#stop(options);
    return this.#stopped;
  }

  async #stop({ abrupt = false }: StopOptions): Promise<void> {
    for (const listener of this.#listeners.values()) listener.close();
    const open = [...this.#connections];
    const closed = Promise.all(
      open.map((connection) => new Promise<void>((resolve) => connection.onClose(resolve))),
    );
    this.#release();
    for (const connection of open) {
      if (abrupt) connection.reset();
      else connection.end();
    }
    const linger = setTimeout(() => {
      for (const connection of open) connection.reset();
    }, LINGER_MS);
    await closed;
    clearTimeout(linger);
  }

  async #moveLeader(): Promise<void> {
    const { nodeId, epoch } = this.#cluster.leadership;
    const next = nodeId === FIRST_NODE_ID ? SECOND_NODE_ID : FIRST_NODE_ID;
    if (!this.#listeners.has(next)) {
      this.#addListener(next, 0);
      await this.#open(next);
    }
    this.#cluster.leadership = { nodeId: next, epoch: epoch + 1 };
  }

  #addListener(nodeId: number, port: number): void {
    this.#listeners.set(nodeId, new Listener(this.host, port, (socket) => this.#accept(socket, nodeId)));
  }

  async #open(nodeId: number): Promise<void> {
    const listener = this.#listeners.get(nodeId);
    if (!listener) return;
    await listener.open();
    this.#cluster.nodes.push(listener.node(nodeId));
  }

  #accept(socket: Socket, nodeId: number): void {
    const connection = new Connection(socket, {
      cluster: this.#cluster,
      faults: this.faults,
      nodeId,
      buffered: (bytes) => this.#buffered(bytes),
      logOnce: (key, message, fields) => this.#logOnce(key, message, fields),
    });
    this.#connections.add(connection);
    connection.onClose(() => this.#connections.delete(connection));
    if (this.faults.newConnectionsSilent) connection.goSilent();
  }

  #buffered(bytes: number): void {
    this.#bufferedBytes += bytes;
    if (bytes < 0 || this.#bufferedBytes <= MAX_BUFFERED_BYTES) return;
    const connections = [...this.#connections];
    const largest = Math.max(...connections.map((connection) => connection.bufferedBytes));
    const reason = `requests of ${this.#bufferedBytes} bytes wait, at most ${MAX_BUFFERED_BYTES} may`;
    connections.find((connection) => connection.bufferedBytes === largest)?.giveUp(reason);
    this.#logOnce('buffered', `connections are closed: ${reason}`, { bytes: this.#bufferedBytes });
  }

  #logOnce(key: string, message: string, fields: Record<string, unknown>): void {
    if (this.#reported.has(key) || this.#reported.size >= MAX_REPORTED) return;
    this.#reported.add(key);
    this.#cluster.log.warn(message, fields);
  }

  #release(): void {
    this.#cleaner.close();
    this.#cluster.groups.close();
    this.#cluster.topics.close();
    this.#unlock?.();
  }
}

function loopback(host: string): string {
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (isLoopback) return host;
  throw new Error(
    `the Kafka broker does not listen on ${host}: it has no authentication, so only a loopback address is possible ` +
      '(127.0.0.1, ::1 or localhost)',
  );
}
