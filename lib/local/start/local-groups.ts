import { userInfo } from 'node:os';
import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import { mappingUuid } from '../mapping/identity.ts';
import type { LocalSettings } from './settings.ts';

/** The value of `--group` that stands for the group of the deployed function. */
const SHARED = 'shared';

/**
 * Gives mappings that read a foreign cluster their own consumer group. In the group of the deployed function, the local run
 * would take over its partitions and records.
 *
 * @returns the declarations, unchanged with the embedded broker or `--group shared`
 */
export function withLocalGroups(
  declarations: readonly EventSourceMappingDeclaration[],
  { brokers, group }: Pick<LocalSettings, 'brokers' | 'group'>,
): EventSourceMappingDeclaration[] {
  return declarations.map((declaration) => {
    if (brokers === undefined || group === SHARED) return declaration;
    const deployed = declaration.consumerGroupId ?? mappingUuid(declaration);
    return { ...declaration, consumerGroupId: group ?? `${deployed}-local-${userInfo().username}` };
  });
}

/** The consumer group of a mapping. */
export function groupOf(declaration: EventSourceMappingDeclaration): string {
  return declaration.consumerGroupId ?? mappingUuid(declaration);
}
