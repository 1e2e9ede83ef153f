/** What a client is run against. */
export interface Target {
  /** host:port of the broker. */
  readonly address: string;
  /** A topic that does not exist yet. */
  readonly topic: string;
  /** A group that does not exist yet. */
  readonly group: string;
  createTopic(name: string, partitions: number): void;
}
