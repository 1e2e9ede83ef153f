import { errorMessage } from '../../errors.ts';
import { withAdmin } from '../../kafka/client/admin.ts';
import { MemberAssignment } from '../../kafka/client/assigner-protocol.ts';
import type { ConnectionOptions } from '../../kafka/client/connection.ts';
import type { Log } from '../../log.ts';
import { isReplayGroup } from '../dead-letters/replay-group.ts';
import { type Finding, fine, wrong } from './finding.ts';

/**
 * Says which consumer groups there are, and who is in them.
 *
 * @param names - of the groups; undefined for all that this client may see
 */
export async function examineGroups(
  connection: ConnectionOptions,
  names: readonly string[] | undefined,
  log: Log,
): Promise<Finding[]> {
  try {
    return await withAdmin(connection, log, async (admin) => {
      const groups = names ?? (await admin.listGroups()).groups.map(({ groupId }) => groupId);
      const shown = groups.filter((group) => !isReplayGroup(group)).toSorted();
      if (shown.length === 0) return [fine('groups', 'There is no consumer group yet')];
      const described = await admin.describeGroups([...shown]);
      return described.groups.map(({ groupId, state, members }) => {
        const who = members.map(
          ({ clientId, clientHost, memberAssignment }) =>
            `${clientId} at ${clientHost} has ${partitionsIn(memberAssignment) || 'no partition'}`,
        );
        return fine('groups', `${groupId} is ${state}: ${who.join('; ') || 'no member'}`);
      });
    });
  } catch (error) {
    return [
      wrong(
        'groups',
        `The consumer groups cannot be seen: ${errorMessage(error)}`,
        'Allow kafka-cluster:DescribeGroup (and DescribeCluster to list them), or Describe in an ACL',
      ),
    ];
  }
}

function partitionsIn(assignment: Buffer): string {
  const { assignment: byTopic = {} } = (assignment.length > 0 && MemberAssignment.decode(assignment)) || {};
  return Object.entries(byTopic)
    .flatMap(([topic, partitions]) => partitions.map((partition) => `${topic}/${partition}`))
    .join(', ');
}
