import type { Socket } from 'node:net';
import { FrameReader } from '../../kafka/frames/frame-reader.ts';
import { MalformedFrameError } from '../../kafka/frames/malformed-frame.ts';
import { Reader } from '../../kafka/wire/reader.ts';
import type { Answer, Api, Call, PreparedRequest, WriteBody } from './api/api.ts';
import { API_VERSIONS_KEY } from './api/api-versions.ts';
import { findApi } from './api/apis.ts';
import type { EmbeddedCluster } from './embedded-cluster.ts';
import type { FaultPlan } from './faults.ts';
import { Writer } from './wire/writer.ts';

/** Requests that may wait on one connection while an earlier one is answered. Above this, the connection is not read. */
const MAX_QUEUED_REQUESTS = 64;
/** The same limit in bytes. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** A request other than Produce: thousands of partitions, each with all that Kafka lets a client say of it. */
const MAX_OTHER_REQUEST_BYTES = 8 * 1024 * 1024;
const PRODUCE_KEY = 0;
/** API key, API version and correlation id: no request is shorter. */
const MIN_REQUEST_BYTES = 8;
/** The size field in front of an answer. */
const SIZE_BYTES = 4;
/** Bytes of answers that a client may leave unread before its next request is handled. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** What a connection needs besides its socket. */
export interface ConnectionContext {
  readonly cluster: EmbeddedCluster;
  readonly faults: FaultPlan;
  /** The node whose address the client connected to. */
  readonly nodeId: number;
  /** Says how many bytes of requests this connection holds more, or with a negative number fewer, than before. */
  buffered(bytes: number): void;
  /** Reports something only the first time. */
  logOnce(key: string, message: string, fields: Record<string, unknown>): void;
}

interface Request {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string;
  readonly body: Reader;
}

/**
 * One client connection. Its requests are handled one after the other, in the order they came, as Kafka does: a Fetch
 * that waits holds up the requests behind it on this connection, and none on any other. A request that cannot be
 * understood closes the connection.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #frames = new FrameReader(MIN_REQUEST_BYTES);
  readonly #queue: Buffer[] = [];
  readonly #closeListeners = new Set<() => void>();
  #queuedBytes = 0;
  /** As last told to the context. */
  #bufferedBytes = 0;
  #busy = false;
  #mute = false;

  constructor(socket: Socket, context: ConnectionContext) {
    this.#socket = socket;
    this.#context = context;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    // A client that vanished is nothing to report. 'close' follows, but for a reset that the system refused.
    socket.on('error', () => this.#closed());
    socket.on('close', () => this.#closed());
  }

  /** The memory that requests of this connection take: those that wait, and the one that is still coming. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /** Closes the connection because it holds too much memory. */
  giveUp(reason: string): void {
    this.#refuse(new MalformedFrameError(reason));
  }

  /** Stops reading and answering, without notice to the client. */
  goSilent(): void {
    this.#mute = true;
    this.#forget();
    this.#socket.pause();
  }

  /** Closes the connection after the answers already written. */
  end(): void {
    if (this.#mute) this.#socket.destroy();
    else this.#socket.destroySoon();
    this.#mute = true;
  }

  /** Closes the connection at once, with a TCP reset unless it is ending already. */
  reset(): void {
    // A reset that the system refuses, as it does while a FIN is on its way, would never come to 'close'.
    if (this.#socket.writableEnded) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#mute) return;
    try {
      for (const frame of this.#frames.push(chunk)) {
        this.#queue.push(frame);
        this.#queuedBytes += frame.length;
      }
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#account();
    if (this.#queueIsFull) this.#socket.pause();
    this.#work();
  }

  get #queueIsFull(): boolean {
    return this.#queue.length > MAX_QUEUED_REQUESTS || this.#queuedBytes > MAX_QUEUED_BYTES;
  }

  #account(): void {
    const bytes = this.#queuedBytes + this.#frames.buffered;
    const more = bytes - this.#bufferedBytes;
    this.#bufferedBytes = bytes;
    if (more !== 0) this.#context.buffered(more);
  }

  #forget(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#frames.clear();
    this.#account();
  }

  #work(): void {
    if (this.#busy) return;
    // One write for the answers to all requests at hand.
    this.#socket.cork();
    while (!this.#busy && !this.#mute && !this.#socket.destroyed) {
      const frame = this.#queue.shift();
      if (!frame) break;
      this.#queuedBytes -= frame.length;
      try {
        const unfinished = this.#handle(frame);
        if (unfinished !== undefined) this.#waitFor(unfinished);
      } catch (error) {
        this.#refuse(error);
      }
    }
    this.#account();
    this.#socket.uncork();
    if (!this.#mute && this.#socket.isPaused() && !this.#queueIsFull) this.#socket.resume();
  }

  #waitFor(unfinished: Promise<void>): void {
    this.#busy = true;
    unfinished
      .catch((error: unknown) => this.#refuse(error))
      .finally(() => {
        this.#busy = false;
        this.#work();
      });
  }

  /** Handles a request; the result is a promise only when the answer has to wait for something. */
  #handle(frame: Buffer): Promise<void> | undefined {
    const request = this.#readHeader(frame);
    if (!request) return undefined;
    const { api, version, clientId } = request;
    const { faults, nodeId } = this.#context;
    const prepared = api.prepare(request.body, version);
    const call: Call = {
      version,
      clientId,
      clientHost: `/${this.#socket.remoteAddress ?? ''}`,
      nodeId,
      onClose: (listener) => this.onClose(listener),
      logOnce: this.#context.logOnce,
    };
    const error = faults.takeError(api.name);
    const answer = error ? prepared.failed(error) : this.#run(request, prepared, call);
    const delayMs = faults.delayMs(api.name);
    if (!(answer instanceof Promise) && delayMs === 0) return this.#answer(request, answer);
    return Promise.resolve(answer)
      .then((ready) => (delayMs > 0 ? this.#pause(delayMs).then(() => ready) : ready))
      .then((ready) => this.#answer(request, ready));
  }

  /** Lets the API do its work; its own failure is an answer too, as in Kafka. */
  #run({ api }: Request, prepared: PreparedRequest, call: Call): Answer | Promise<Answer> {
    const { cluster } = this.#context;
    const failed = (error: unknown): Answer => {
      cluster.log.error(`${api.name} failed`, { error });
      return prepared.failed('UNKNOWN_SERVER_ERROR');
    };
    try {
      const answer = prepared.handle(cluster, call);
      return answer instanceof Promise ? answer.catch(failed) : answer;
    } catch (error) {
      return failed(error);
    }
  }

  #answer(request: Request, answer: Answer): Promise<void> | undefined {
    const { faults } = this.#context;
    const throttleMs = faults.throttleMs(request.api.name);
    const unacknowledged = faults.takeSilence(request.api.name);
    if (typeof answer === 'function') {
      const flexible = request.version >= request.api.flexibleFrom;
      if (!unacknowledged) this.#write(request, flexible, throttleMs, answer);
    } else if (answer.close !== undefined) {
      throw new MalformedFrameError(answer.close);
    }
    // As since KIP-219: the answer goes out at once, the next request waits.
    if (throttleMs > 0) return this.#pause(throttleMs);
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) return this.#drained();
    return undefined;
  }

  #write({ api, correlationId }: Request, flexible: boolean, throttleMs: number, writeBody: WriteBody): void {
    if (this.#mute || this.#socket.destroyed) return;
    const writer = new Writer(flexible, throttleMs);
    writer.int32(0);
    writer.int32(correlationId);
    // The answer to ApiVersions has the old header in all versions, so that every client can read it.
    if (api.key !== API_VERSIONS_KEY) writer.taggedFields();
    writeBody(writer);
    const chunks = writer.chunks();
    // The size, which does not count itself, is known only now.
    chunks[0]?.writeInt32BE(writer.size - SIZE_BYTES, 0);
    this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
  }

  /** The header of a request; undefined when it has been answered already: an API or version not offered. */
  #readHeader(frame: Buffer): Request | undefined {
    const key = frame.readInt16BE(0);
    const version = frame.readInt16BE(2);
    const correlationId = frame.readInt32BE(4);
    if (key !== PRODUCE_KEY && frame.length > MAX_OTHER_REQUEST_BYTES) {
      throw new MalformedFrameError(`A request for API key ${key} has ${frame.length} bytes`);
    }
    const api = findApi(key);
    const offered = api && version >= api.versions[0] && version <= api.versions[1];
    if (!api || !offered) {
      this.#unsupported(key, version, correlationId, api);
      return undefined;
    }
    const body = new Reader(frame.subarray(8), version >= api.flexibleFrom);
    const clientId = body.classicNullableString() ?? '';
    body.taggedFields();
    return { api, version, correlationId, clientId, body };
  }

  #unsupported(key: number, version: number, correlationId: number, api: Api | undefined): void {
    const name = api?.name ?? `API ${key}`;
    const offered = api ? `offered are ${api.versions[0]} to ${api.versions[1]}` : 'it is not offered';
    const message = `a client asked for ${name} version ${version}: ${offered}`;
    this.#context.logOnce(`${key}/${version}`, message, { api: name, version });
    if (api?.key !== API_VERSIONS_KEY) throw new MalformedFrameError(message);
    // KIP-511: whatever version was asked for, version 0 with the error and the versions that are offered.
    const request = { api, version: 0, correlationId, clientId: '', body: new Reader(Buffer.alloc(0)) };
    const refusal = api.prepare(request.body, 0).failed('UNSUPPORTED_VERSION');
    if (typeof refusal === 'function') this.#write(request, false, 0, refusal);
  }

  /** A request that cannot be answered ends its connection, and nothing else. */
  #refuse(error: unknown): void {
    const { log } = this.#context.cluster;
    const client = `${this.#socket.remoteAddress}:${this.#socket.remotePort}`;
    if (error instanceof MalformedFrameError) {
      log.debug(`connection from ${client} closed: ${error.message}`, { client });
    } else {
      log.error(`connection from ${client} closed: the broker failed`, { client, error });
    }
    this.#forget();
    this.end();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        stop();
        resolve();
      };
      const timer = setTimeout(done, ms);
      const stop = this.onClose(done);
    });
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        stop();
        this.#socket.off('drain', done);
        resolve();
      };
      const stop = this.onClose(done);
      this.#socket.on('drain', done);
    });
  }

  #closed(): void {
    this.#forget();
    for (const listener of [...this.#closeListeners]) listener();
    this.#closeListeners.clear();
  }
}
