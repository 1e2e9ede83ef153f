import type { ErrorName } from '../../kafka/error-codes.ts';
import type { ApiName } from './api/api.ts';

/** What the faults need from the broker. */
export interface FaultTarget {
  /** The open connections. */
  connections(): Iterable<{ goSilent(): void; reset(): void }>;
  stopListening(): void;
  listenAgain(): Promise<void>;
  moveLeader(): Promise<void>;
}

/** What a connection asks before and after it handles a request. */
export interface FaultPlan {
  takeError(api: ApiName): ErrorName | undefined;
  takeSilence(api: ApiName): boolean;
  delayMs(api: ApiName): number;
  throttleMs(api: ApiName): number;
}

/** Milliseconds by API; `all` for the other APIs. */
type Times = Map<ApiName | 'all', number>;

/**
 * Faults for tests: network and broker failures on demand. They last until they are used up or until `clear()`.
 * Connections that went silent or were reset stay lost, as in production.
 */
export class Faults implements FaultPlan {
  readonly #target: FaultTarget;
  readonly #errors = new Map<ApiName, ErrorName[]>();
  #unacknowledged = 0;
  readonly #delays: Times = new Map();
  readonly #throttles: Times = new Map();
  #newConnectionsSilent = false;
  #refusing = false;

  constructor(target: FaultTarget) {
    this.#target = target;
  }

  /** Whether new connections get no answer. */
  get newConnectionsSilent(): boolean {
    return this.#newConnectionsSilent;
  }

  /**
   * The connections there are now are neither read nor answered any more, and the clients get no FIN or RST: a NAT
   * gateway forgot the flow.
   *
   * @param options.newConnections `accept` (default): they work; `silent`: they are taken and never answered, until
   *   clear()
   */
  dropSilently(options: { readonly newConnections?: 'accept' | 'silent' } = {}): void {
    this.#newConnectionsSilent = options.newConnections === 'silent';
    for (const connection of this.#target.connections()) connection.goSilent();
  }

  /** Resets (TCP RST) the connections there are now. */
  reset(): void {
    for (const connection of this.#target.connections()) connection.reset();
  }

  /** Stops listening until accept() or clear(): connection refused. Existing connections stay; see reset(). */
  refuse(): void {
    this.#refusing = true;
    this.#target.stopListening();
  }

  /** Listens again on the same port. */
  async accept(): Promise<void> {
    if (!this.#refusing) return;
    this.#refusing = false;
    await this.#target.listenAgain();
  }

  /**
   * Answers late. The request itself is handled at once.
   *
   * @param ms milliseconds
   * @param api one API, or `all` (default) that are not named themselves
   */
  delay(ms: number, api: ApiName | 'all' = 'all'): void {
    this.#delays.set(api, ms);
  }

  /**
   * Answers the next `times` requests of an API with an error for everything in them, and does nothing else: a Produce
   * appends nothing. Further calls queue up behind the earlier ones.
   */
  fail(api: ApiName, error: ErrorName, times = 1): void {
    const errors = this.#errors.get(api) ?? [];
    for (let index = 0; index < times; index++) errors.push(error);
    this.#errors.set(api, errors);
  }

  /** The next `times` Produce requests are written to the log, and their answers never sent. */
  stopAcknowledging(times = 1): void {
    this.#unacknowledged = times;
  }

  /**
   * Moves the leadership of all partitions to another node of the cluster, which listens on another port: node 2, and
   * back to node 1 with the next call. Produce, Fetch and ListOffsets at the old address answer
   * NOT_LEADER_OR_FOLLOWER from now on, Metadata names the new leader, the leader epoch goes up. Both nodes are this
   * process and share one log, so nothing is lost and nothing diverges; the group coordinator stays node 1. clear()
   * does not move it back.
   */
  moveLeader(): Promise<void> {
    return this.#target.moveLeader();
  }

  /**
   * Answers with that throttle_time_ms, and handles the next request of the connection only after that time (KIP-219).
   *
   * @param ms milliseconds
   * @param api one API, or `all` (default) that are not named themselves
   */
  throttle(ms: number, api: ApiName | 'all' = 'all'): void {
    this.#throttles.set(api, ms);
  }

  /** Ends all faults, and listens again if it had stopped. */
  async clear(): Promise<void> {
    this.#errors.clear();
    this.#unacknowledged = 0;
    this.#delays.clear();
    this.#throttles.clear();
    this.#newConnectionsSilent = false;
    await this.accept();
  }

  takeError(api: ApiName): ErrorName | undefined {
    return this.#errors.get(api)?.shift();
  }

  takeSilence(api: ApiName): boolean {
    if (api !== 'Produce' || this.#unacknowledged === 0) return false;
    this.#unacknowledged--;
    return true;
  }

  delayMs(api: ApiName): number {
    return msFor(this.#delays, api);
  }

  throttleMs(api: ApiName): number {
    return msFor(this.#throttles, api);
  }
}

function msFor(times: Times, api: ApiName): number {
  return times.get(api) ?? times.get('all') ?? 0;
}
