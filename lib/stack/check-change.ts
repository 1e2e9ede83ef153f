import { UserError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { absentAlarms } from './absent-alarms.ts';
import { changedMappings } from './changed-mappings.ts';
import { CHOICES, changedChoices } from './choices.ts';
import type { Template } from './deployed-template.ts';

/** A deployment would change something that the stack must keep. */
class ChangeError extends UserError {
  override readonly name = 'ChangeError';
}

/**
 * Compares a deployment with the deployed stack, before anything changes.
 *
 * @param before - the template that is deployed
 * @param after - the template of this deployment
 * @param allowed - what may change: names of parameters, or `positions`
 * @throws ChangeError naming everything that would change
 */
export function checkChange(before: Template, after: Template, allowed: readonly string[]): void {
  const problems = [
    ...changedChoices(remembered(before), remembered(after), allowed),
    ...changedMappings(before.Resources, after.Resources, allowed),
    ...absentAlarms(before.Resources, after.Resources),
  ];
  if (problems.length > 0) throw new ChangeError(problems);
}

function remembered({ Metadata }: Template): Readonly<Record<string, unknown>> {
  const choices = Metadata?.[CHOICES];
  return isJsonObject(choices) ? choices : {};
}
