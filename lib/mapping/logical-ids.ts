import { createHash } from 'node:crypto';
import type { Naming } from '../build/framework.ts';

const SUFFIX_LENGTH = 8;

/**
 * Gives every Kafka event source mapping a logical id of its own. The framework drops all that is not a letter or digit
 * from a topic's name, so that `a-b` and `ab` get one id and the second mapping replaces the first; here the second gets
 * a suffix made from its names. An id that is used once stays as it was, so that nothing deployed is replaced.
 *
 * @param naming - of the AWS provider; its methods are replaced
 */
export function keepLogicalIdsApart(naming: Naming): void {
  const msk = naming.getMSKEventLogicalId.bind(naming);
  const kafka = naming.getKafkaEventLogicalId.bind(naming);
  const owners = new Map<string, string>();

  const apart = (id: string, names: readonly unknown[]): string => {
    const owner = JSON.stringify(names);
    if (!owners.has(id)) owners.set(id, owner);
    if (owners.get(id) === owner) return id;
    return `${id}${createHash('sha256').update(owner).digest('hex').slice(0, SUFFIX_LENGTH)}`;
  };
  naming.getMSKEventLogicalId = (...names) => apart(msk(...names), names);
  naming.getKafkaEventLogicalId = (...names) => apart(kafka(...names), names);
}
