import type { Log } from '../../../log.ts';
import type { TopicStore } from './topic-store.ts';

/** log.retention.check.interval.ms, Kafka's default. */
const RETENTION_INTERVAL_MS = 300_000;
/** log.cleaner.backoff.ms, Kafka's default. */
const COMPACTION_INTERVAL_MS = 15_000;

/** Regularly removes records that are past the retention of their topic, and compacts topics. */
export class LogCleaner {
  readonly #topics: TopicStore;
  readonly #log: Log;
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(topics: TopicStore, log: Log) {
    this.#topics = topics;
    this.#log = log;
    this.#timers = [
      setInterval(() => this.retain(), RETENTION_INTERVAL_MS).unref(),
      setInterval(() => this.compact(), COMPACTION_INTERVAL_MS).unref(),
    ];
  }

  /** @param now in epoch milliseconds */
  retain(now = Date.now()): void {
    for (const { name, partitions } of this.#topics.all()) {
      for (const partition of partitions) this.#attempt(name, () => partition.retain(now));
    }
  }

  /** @param now in epoch milliseconds */
  compact(now = Date.now()): void {
    for (const { name, partitions } of this.#topics.all()) {
      for (const partition of partitions) this.#attempt(name, () => partition.compact(now));
    }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #attempt(topic: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      // E.g. a full disk. The log has not changed, and the next run may succeed.
      this.#log.error(`cannot clean up topic ${topic}: ${String(error)}`, { topic });
    }
  }
}
