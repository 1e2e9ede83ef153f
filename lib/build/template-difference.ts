import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../json.ts';
import { DEPLOYMENT } from '../stack/checked-topics.ts';
import { propertiesOf, type Resources } from '../stack/template.ts';
import { replacingProperties } from './replacing-properties.ts';

/**
 * Compares two CloudFormation templates, but for the property that tells deployments apart.
 *
 * @param before - resources of the deployed template, by logical id
 * @param after - resources of the new one
 * @returns one line for each resource that is added, removed, changed or replaced, by logical id
 */
export function templateDifference(before: Resources, after: Resources): string[] {
  const ids = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return ids.flatMap((id) => {
    const [old, made] = [unmarked(before[id]), unmarked(after[id])];
    if (old === undefined) return [`+ ${id} (${typeOf(made)})`];
    if (made === undefined) return [`- ${id} (${typeOf(old)})`];
    if (isDeepStrictEqual(old, made)) return [];
    const changed = changedNames(propertiesOf(old), propertiesOf(made));
    const type = typeOf(made);
    const replacing = changed.filter((name) => replacingProperties[type]?.includes(name));
    const isReplaced = type !== typeOf(old) || replacing.length > 0;
    const what = changed.length === 0 ? 'attributes' : changed.join(', ');
    return [`${isReplaced ? '! ' : '~ '}${id} (${type}): ${what}${isReplaced ? ' — REPLACED' : ''}`];
  });
}

function unmarked(resource: unknown): unknown {
  if (typeOf(resource) !== 'Custom::KafkaTopics') return resource;
  const { [DEPLOYMENT]: _mark, ...Properties } = propertiesOf(resource);
  return { ...Object(resource), Properties };
}

function changedNames(before: Resources, after: Resources): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

function typeOf(resource: unknown): string {
  return isJsonObject(resource) ? String(resource.Type) : '';
}
