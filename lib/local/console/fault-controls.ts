import type { Broker } from '../broker/broker.ts';
import type { LocalFunctions } from '../function/local-functions.ts';
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts';
import type { FaultsView } from './wire.ts';

/** Longest time that the broker is gone on demand. */
const MAX_DOWN_MS = 60_000;

export interface FaultControlsOptions {
  readonly functions: LocalFunctions;
  /** Absent on a cluster of others, which nobody drops. */
  readonly broker: Broker | undefined;
  readonly mappings: () => readonly Pick<EventSourceMapping, 'uuid' | 'duplicatesAhead'>[];
}

/** What the console can break, and what is broken now. */
export class FaultControls {
  readonly #options: FaultControlsOptions;
  #brokerDownUntil: number | null = null;
  #accept: NodeJS.Timeout | undefined;

  constructor(options: FaultControlsOptions) {
    this.#options = options;
  }

  view(): FaultsView {
    const { functions, mappings } = this.#options;
    return {
      functions: [...functions.faults.all].map(([functionName, { kind, times, delayMs }]) => ({
        functionName,
        kind,
        times: Number.isFinite(times) ? times : null,
        delayMs,
      })),
      brokerDownUntil: this.#brokerDownUntil,
      duplicates: Object.fromEntries(mappings().map((mapping) => [mapping.uuid, mapping.duplicatesAhead()])),
    };
  }

  /**
   * Closes all connections of the broker and refuses new ones for a while.
   *
   * @throws Error when the broker is not the embedded one
   */
  dropBroker(ms: number): void {
    const { broker } = this.#options;
    if (broker === undefined) throw new Error('Only the embedded broker can be dropped');
    const down = Math.min(ms, MAX_DOWN_MS);
    broker.faults.refuse();
    broker.faults.reset();
    clearTimeout(this.#accept);
    this.#brokerDownUntil = Date.now() + down;
    this.#accept = setTimeout(() => void this.healBroker(), down).unref();
  }

  /** Lets clients connect again. */
  async healBroker(): Promise<void> {
    clearTimeout(this.#accept);
    this.#brokerDownUntil = null;
    await this.#options.broker?.faults.accept();
  }
}
