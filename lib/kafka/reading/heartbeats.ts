import { pause } from './abort.ts';
import type { GroupProtocol, Member, Outside } from './group-protocol.ts';

/** A member notices within this time that another one joins. */
const HEARTBEAT_INTERVAL_MS = 1_000;

/**
 * Sends heartbeats until the member is no longer in its generation.
 *
 * @param until - ends the heartbeats
 * @param hasChanged - called after each: whether the partitions must be assigned again
 * @returns why the member is outside; `rebalance` when the heartbeats were ended or the partitions have changed
 * @throws KafkaFailure when the coordinator cannot be reached
 */
export async function beatUntilOutside(
  group: GroupProtocol,
  member: Member,
  until: AbortSignal,
  hasChanged: () => Promise<boolean>,
): Promise<Outside> {
  for (;;) {
    await pause(HEARTBEAT_INTERVAL_MS, until);
    if (until.aborted) return 'rebalance';
    const outside = await group.heartbeat(member);
    if (outside !== undefined) return outside;
    if (await hasChanged()) return 'rebalance';
  }
}

/**
 * Sends heartbeats while the group rebalances and the member finishes its work, until the coordinator has removed it.
 *
 * @param until - ends the heartbeats
 */
export async function beatWhileFinishing(
  group: GroupProtocol,
  member: Member,
  until: AbortSignal,
): Promise<void> {
  for (;;) {
    await pause(HEARTBEAT_INTERVAL_MS, until);
    if (until.aborted) return;
    const outside = await group.heartbeat(member).catch(() => 'lost' as const);
    if (outside === 'lost' || outside === 'unknown') return;
  }
}
