import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { errorMessage } from '../../errors.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { FrameReader } from '../frames/frame-reader.ts';
import { KafkaFailure } from '../kafka-failure.ts';
import { authenticate } from './authentication.ts';
import { apiVersions, type SupportedVersions } from './authentication-requests.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { ProtocolRequest, Throttling } from './protocol-request.ts';

/** Its correlation id: no answer is shorter. */
const MIN_ANSWER_BYTES = 4;
const KEEP_ALIVE_DELAY_MS = 60_000;
/** A session is renewed so long before its end, so that no request meets the end. */
const SESSION_MARGIN_MS = 10_000;
/**
 * The most of a short session that the margin takes, as in the Java client. A broker refuses to renew a session twice
 * within a second: Apache Kafka, KafkaChannel.maybeBeginServerReauthentication.
 */
const MAX_MARGIN_SHARE = 0.15;
/** In front of each request and answer, not counting itself. */
const LENGTH_BYTES = 4;

/** Why a request got no answer. */
export class NoAnswer extends Error {
  /** Whether the request may have reached the broker. */
  readonly wasSent: boolean;
  /** Whether a timeout ended the wait. */
  readonly wasSilent: boolean;

  constructor(message: string, { wasSent, wasSilent }: { wasSent: boolean; wasSilent: boolean }) {
    super(message);
    this.wasSent = wasSent;
    this.wasSilent = wasSilent;
  }
}

interface Exchange {
  readonly correlationId: number;
  readonly frame: Buffer;
  readonly answered: (body: ByteReader) => void;
  readonly failed: (failure: NoAnswer) => void;
}

/**
 * An authenticated connection to a broker. It has one request under way at a time, because a broker answers one after the
 * other: sent together, the last of many would time out while it waits for the others. It keeps no process alive; each
 * caller has a deadline that does.
 *
 * kafkajs is not used here. It spends more on one request than the broker: three times what this does, with a tenth of the
 * code.
 */
export class BrokerConnection {
  /** Resolves once requests can be sent; rejects with what `request` rejects with, or a KafkaFailure `unauthorized`. */
  readonly opened: Promise<this>;
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #closed: Promise<unknown>;
  readonly #waiting: Exchange[] = [];
  readonly #frames = new FrameReader(MIN_ANSWER_BYTES);
  #underWay: Exchange | undefined;
  #timer: NodeJS.Timeout;
  #lastCorrelationId = 0;
  #versions: SupportedVersions = new Map();
  #sessionEnd = Number.POSITIVE_INFINITY;
  #renewing: Promise<void> | undefined;
  #loss: { readonly reason: string; readonly wasSilent: boolean } | undefined;
  #isOpened = false;
  #throttledUntil = 0;
  #silence: NodeJS.Timeout | undefined;

  /**
   * Begins to connect.
   *
   * @param address - host:port
   */
  constructor(address: string, options: ConnectionOptions) {
    this.#options = options;
    this.#socket = socketTo(address, options.ssl);
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#lose(`Connection error: ${errorMessage(error)}`));
    this.#closed = new Promise((resolve) => this.#socket.once('close', resolve));
    void this.#closed.then(() => this.#lose('Closed connection'));
    this.#timer = this.#startTimer(options.connectionTimeout);
    this.opened = this.#open();
    this.opened.catch(() => {});
  }

  /** Whether requests can be sent without a wait for {@link opened}. */
  get isOpen(): boolean {
    return this.#isOpened && this.#loss === undefined;
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** End of its throttle time, ms since epoch (KIP-219); no request is sent before. */
  get throttledUntil(): number {
    return this.#throttledUntil;
  }

  /**
   * Sends a request, after those before it were answered.
   *
   * @throws NoAnswer; KafkaFailure when the broker does not know the request, or refuses to renew the session
   */
  request<Answer extends Throttling>(request: ProtocolRequest<Answer>): Promise<Answer> {
    // Nothing may come between the messages of an authentication, even if the clock is set back.
    const isCurrent = this.#renewing === undefined && Date.now() < this.#sessionEnd;
    return isCurrent ? this.#send(request) : this.#renewed().then(() => this.#send(request));
  }

  /** KIP-368: the broker closes a connection whose session has ended. */
  #renewed(): Promise<void> {
    this.#renewing ??= this.#authenticate()
      .catch((thrown: unknown) => {
        if (!(thrown instanceof NoAnswer)) throw thrown;
        // What waits for the new session was not sent, although the authentication was.
        throw new NoAnswer(thrown.message, { wasSent: false, wasSilent: thrown.wasSilent });
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  /** Closes it at once: what is under way fails. */
  async close(): Promise<void> {
    this.#lose('The connection was given up');
    await this.#closed;
  }

  async #open(): Promise<this> {
    try {
      const { supported } = await this.#send(apiVersions, 0);
      this.#versions = supported;
      clearTimeout(this.#timer);
      this.#timer = this.#startTimer(this.#options.requestTimeout);
      await this.#authenticate();
      this.#isOpened = true;
      return this;
    } catch (thrown) {
      this.#lose(errorMessage(thrown));
      throw thrown;
    }
  }

  async #authenticate(): Promise<void> {
    const { sasl } = this.#options;
    if (sasl === undefined) return;
    const begin = Date.now();
    const lifetimeMs = await authenticate(sasl, (request) => this.#send(request));
    if (lifetimeMs === 0) return;
    this.#sessionEnd = begin + lifetimeMs - Math.min(SESSION_MARGIN_MS, lifetimeMs * MAX_MARGIN_SHARE);
  }

  #send<Answer extends Throttling>(
    request: ProtocolRequest<Answer>,
    version = this.#versionOf(request),
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#lastCorrelationId = (this.#lastCorrelationId + 1) & 0x7fffffff;
      const correlationId = this.#lastCorrelationId;
      this.#waiting.push({
        correlationId,
        frame: framed(request, version, correlationId, this.#options.clientId),
        answered: (body) => {
          const answer = request.read(body, version);
          const { throttleTimeMs = 0 } = answer;
          if (throttleTimeMs > 0) this.#throttledUntil = Date.now() + throttleTimeMs;
          resolve(answer);
        },
        failed: reject,
      });
      if (this.#loss) this.#failAll();
      else if (this.#underWay === undefined) this.#sendNext();
    });
  }

  #versionOf({ apiKey, apiName, versions: [lowest, highest] }: ProtocolRequest): number {
    const supported = this.#versions.get(apiKey) ?? { lowest: -1, highest: -1 };
    const version = Math.min(highest, supported.highest);
    if (version < Math.max(lowest, supported.lowest)) {
      const known = `${apiName} requests of version ${lowest} to ${highest}`;
      throw new KafkaFailure('refused', `The broker does not know ${known}`, {
        errorCode: 'UNSUPPORTED_VERSION',
      });
    }
    return version;
  }

  #sendNext(): void {
    this.#underWay = undefined;
    if (this.#waiting.length === 0 || this.#isHeldBack()) return;
    this.#underWay = this.#waiting.shift();
    if (this.#underWay === undefined) return;
    this.#timer.refresh();
    this.#socket.write(this.#underWay.frame);
  }

  /** KIP-219: a broker answers nothing during its throttle time, and a request could meet its timeout. */
  #isHeldBack(): boolean {
    const ms = this.#throttledUntil - Date.now();
    if (ms <= 0) return false;
    this.#silence ??= setTimeout(() => {
      this.#silence = undefined;
      // A request may have come after the time, but before this timer: in a sandbox that was frozen, or a busy process.
      if (this.#underWay === undefined) this.#sendNext();
    }, ms).unref();
    return true;
  }

  #receive(chunk: Buffer): void {
    try {
      for (const answer of this.#frames.push(chunk)) this.#take(new ByteReader(answer));
    } catch {
      this.#lose('The answer is not one of Kafka');
    }
  }

  #take(answer: ByteReader): void {
    const exchange = this.#underWay;
    if (answer.int32() !== exchange?.correlationId) throw new RangeError('No request has this number');
    exchange.answered(answer);
    this.#sendNext();
  }

  #startTimer(ms: number): NodeJS.Timeout {
    // One for all requests: it starts again with each, and does nothing when the last was answered.
    const expired = () => this.#underWay && this.#lose(`No answer within ${ms} ms`, true);
    return setTimeout(expired, ms).unref();
  }

  #lose(reason: string, wasSilent = false): void {
    if (this.#loss !== undefined) return;
    this.#loss = { reason, wasSilent };
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#socket.destroy();
    this.#failAll();
  }

  #failAll(): void {
    const { reason = '', wasSilent = false } = this.#loss ?? {};
    this.#underWay?.failed(new NoAnswer(reason, { wasSent: true, wasSilent }));
    this.#underWay = undefined;
    for (const { failed } of this.#waiting.splice(0))
      failed(new NoAnswer(reason, { wasSent: false, wasSilent }));
  }
}

function socketTo(address: string, ssl: ConnectionOptions['ssl']): Socket {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  const port = Number(address.slice(colon + 1));
  const socket = ssl
    ? connectTls({
        host,
        port,
        ...(isIP(host) === 0 && { servername: host }),
        ...(typeof ssl === 'object' && ssl),
      })
    : connectTcp({ host, port });
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY_MS).unref();
}

/** @see {@link https://kafka.apache.org/protocol.html#protocol_messages Apache Kafka protocol guide, "Request Header v1"} */
function framed(
  { apiKey, write }: ProtocolRequest,
  version: number,
  correlationId: number,
  clientId: string,
): Buffer {
  const writer = new ByteWriter();
  writer.int32(0);
  writer.int16(apiKey);
  writer.int16(version);
  writer.int32(correlationId);
  writer.string(clientId);
  write(writer, version);
  writer.uint32At(0, writer.position - LENGTH_BYTES);
  return writer.written();
}
