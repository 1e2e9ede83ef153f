import Cluster from 'kafkajs/src/cluster';
import { KafkaJSProtocolError } from 'kafkajs/src/errors';

const { findGroupCoordinatorMetadata } = Cluster.prototype;

/**
 * kafkajs 2.2.4 asks one broker after the other for the coordinator of a group, and drops their answers: a group that may not be
 * used and one whose coordinator is not there yet are both "Failed to find group coordinator". This throws what was answered.
 */
Cluster.prototype.findGroupCoordinatorMetadata = async function (this: Cluster, request) {
  let failure: unknown;
  for (const nodeId of Object.keys(this.brokerPool.brokers)) {
    try {
      const broker = await this.findBroker({ nodeId });
      return await broker.findGroupCoordinator(request);
    } catch (thrown) {
      if (!(failure instanceof KafkaJSProtocolError)) failure = thrown;
    }
  }
  if (failure === undefined) return findGroupCoordinatorMetadata.call(this, request);
  throw failure;
};
