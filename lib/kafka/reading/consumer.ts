import type { Log } from '../../log.ts';
import { backoff } from '../../retry.ts';
import { type Cluster, openCluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { kafkaFailure } from '../client/failure.ts';
import { aborted, pause } from './abort.ts';
import { committedPositions } from './committed-positions.ts';
import type { ConsumerHandler } from './consumer-handler.ts';
import { Generation } from './generation.ts';
import { GroupProtocol, LONGEST_SESSION_MS, type Outside, outside } from './group-protocol.ts';
import { WakeUp } from './wake-up.ts';

/** How soon new partitions of the topic are noticed. */
const METADATA_MAX_AGE_MS = 30_000;
/** Pause before the consumer reconnects to a cluster that failed. */
const pauseMs = backoff(100, 5_000);
/** Apache Kafka, "Broker configs": group.min.session.timeout.ms is 6 s. A consumer that dies is noticed after this. */
const SESSION_TIMEOUT_MS = LONGEST_SESSION_MS;
/** Part of the rebalance timeout that remains for the join request itself. */
const REJOIN_MARGIN_MS = 5_000;

export type { Assignment, ConsumerHandler, ReceivedRecords } from './consumer-handler.ts';

/** A running member of a consumer group. */
export interface GroupConsumer {
  /** Call it when a partition wants records again. */
  wake(): void;
  /** Ends the assignment, leaves the group and disconnects. */
  stop(): Promise<void>;
}

export interface ConsumerOptions {
  readonly connection: ConnectionOptions;
  readonly groupId: string;
  readonly topic: string;
  /**
   * How long other members wait for this one to finish its work when the group rebalances, in milliseconds. A member whose
   * connection is lost silently while it waits for others notices it after this time as well.
   */
  readonly maxWorkMs: number;
  readonly handler: ConsumerHandler;
  readonly log: Log;
}

/**
 * Joins a consumer group for one topic and reads the assigned partitions, until `stop`. It handles connection losses, broker
 * restarts and rebalances: the handler sees the old assignment end and a new one begin.
 *
 * The consumer of kafkajs is not used. Its fetch loop waits until all batches of a round are processed, so that one slow
 * partition starves the others. One batch that it cannot decode stops all partitions. And it rejoins at once when the group
 * rebalances, so that another member gets records that are still being processed.
 *
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-62%3A+Allow+consumer+to+send+heartbeats+from+a+background+thread KIP-62, "Allow consumer to send heartbeats from a background thread"}
 * @see {@link https://cwiki.apache.org/confluence/display/KAFKA/KIP-394%3A+Require+member.id+for+initial+join+group+request KIP-394, "Require member.id for initial join group request"}
 */
export function startConsumer(options: ConsumerOptions): GroupConsumer {
  const stopping = new AbortController();
  const wakeUp = new WakeUp();
  const ended = stayInGroup(options, wakeUp, stopping.signal);
  return {
    wake: () => wakeUp.ring(),
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function stayInGroup(options: ConsumerOptions, wakeUp: WakeUp, stopping: AbortSignal): Promise<void> {
  const { connection, handler, topic, groupId, log } = options;
  const stopped = aborted(stopping);
  let memberId = '';
  let failures = 0;
  while (!stopping.aborted) {
    const { cluster, close } = openCluster(connection, log, {
      retries: connection.brokers.length,
      metadataMaxAgeMs: METADATA_MAX_AGE_MS,
    });
    const group = new GroupProtocol({ cluster, connection, groupId, topic, memberId });
    try {
      await cluster.connect();
      await cluster.addTargetTopic(topic);
      while (!stopping.aborted) {
        const generation = await Promise.race([join(group, cluster, options, wakeUp), stopped]);
        if (generation === undefined) break;
        if (generation instanceof Generation) {
          failures = 0;
          await generation.run(stopped);
        }
      }
    } catch (error) {
      handler.failed(kafkaFailure(error, connection));
      failures++;
      await pause(pauseMs(failures), stopping);
    } finally {
      memberId = group.memberId;
      await close();
    }
  }
}

/**
 * Joins the group and learns what is assigned.
 *
 * @returns the generation; or, when the group rebalances again, why the member is not part of it
 * @throws KafkaFailure when the cluster cannot be reached or refuses
 */
async function join(
  group: GroupProtocol,
  cluster: Cluster,
  options: ConsumerOptions,
  wakeUp: WakeUp,
): Promise<Generation | Outside> {
  const { topic, maxWorkMs, log } = options;
  const timeouts = { sessionMs: SESSION_TIMEOUT_MS, rebalanceMs: maxWorkMs + REJOIN_MARGIN_MS };
  try {
    const { member, partitions } = await group.join(timeouts);
    const committed = await committedPositions({ cluster, group, topic, log }, member, partitions);
    return new Generation({ ...options, cluster, group, member, committed, wakeUp });
  } catch (failure) {
    const reason = outside(failure);
    if (reason === undefined) throw failure;
    return reason;
  }
}
