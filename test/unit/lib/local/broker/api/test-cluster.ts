import type { Call } from '../../../../../../lib/local/broker/api/api.ts';
import { EmbeddedCluster } from '../../../../../../lib/local/broker/embedded-cluster.ts';
import { CommittedOffsets } from '../../../../../../lib/local/broker/groups/committed-offsets.ts';
import { GroupCoordinator } from '../../../../../../lib/local/broker/groups/group-coordinator.ts';
import { TopicStore } from '../../../../../../lib/local/broker/log/topic-store.ts';

const RETENTION_BYTES = 1_000_000;

/** A cluster in memory with one node, and what it warned of. */
export function testCluster(): { readonly cluster: EmbeddedCluster; readonly warnings: string[] } {
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, warn: (message: string) => warnings.push(message), error() {} };
  const cluster = new EmbeddedCluster({
    topics: new TopicStore({ retentionBytes: RETENTION_BYTES, log }),
    groups: new GroupCoordinator(new CommittedOffsets()),
    defaultPartitions: 1,
    retentionBytes: RETENTION_BYTES,
    log,
  });
  cluster.nodes.push({ id: 1, host: '127.0.0.1', port: 9092 });
  return { cluster, warnings };
}

/** A request of that version. */
export function callOf(version: number): Call {
  return {
    version,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    nodeId: 1,
    onClose: () => () => {},
    logOnce() {},
  };
}
