import { createHash } from 'node:crypto';
import type { Naming } from '../build/framework.ts';

const SUFFIX_LENGTH = 8;

/**
 * Gives every Kafka event source mapping its own logical id. The framework drops everything except letters and digits from a
 * topic's name. So `a-b` and `ab` get the same id, and the second mapping replaces the first. Here the second gets a suffix
 * made from its names. An id that is used once does not change, so that deployed mappings are not replaced.
 *
 * @param naming - of the AWS provider; its methods are replaced
 * @param endOf - ends the id of an `msk` event: with another end the mapping is another one
 */
export function keepLogicalIdsApart(
  naming: Naming,
  endOf: (...names: Parameters<Naming['getMSKEventLogicalId']>) => string = () => '',
): void {
  const msk = naming.getMSKEventLogicalId.bind(naming);
  const kafka = naming.getKafkaEventLogicalId.bind(naming);
  const owners = new Map<string, string>();

  const apart = (id: string, names: readonly unknown[]): string => {
    const owner = JSON.stringify(names);
    if (!owners.has(id)) owners.set(id, owner);
    if (owners.get(id) === owner) return id;
    return `${id}${createHash('sha256').update(owner).digest('hex').slice(0, SUFFIX_LENGTH)}`;
  };
  naming.getMSKEventLogicalId = (...names) => `${apart(msk(...names), names)}${endOf(...names)}`;
  naming.getKafkaEventLogicalId = (...names) => apart(kafka(...names), names);
}
