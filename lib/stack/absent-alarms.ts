import { isJsonObject } from '../json.ts';
import { propertiesOf, type Resources } from './template.ts';

/**
 * Rollouts that would watch alarms which do not exist yet: an alarm is made after its mapping, the mapping after the alias, and
 * AWS CodeDeploy moves the alias first. With a new alias there is nothing to move.
 *
 * @param before - of the deployed template
 * @param after - of this deployment
 * @returns one sentence for each deployment group
 * @see {@link https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-groups-configure-advanced-options.html AWS CodeDeploy User Guide, "Configure advanced options for a deployment group"}: an alarm exists before it is added
 */
export function absentAlarms(before: Resources, after: Resources): string[] {
  const existing = new Set(
    Object.values(before).flatMap(
      (resource) => propertiesOf(resource, 'AWS::CloudWatch::Alarm').AlarmName ?? [],
    ),
  );
  return Object.entries(after).flatMap(([id, resource]) => {
    const { AlarmConfiguration } = propertiesOf(resource, 'AWS::CodeDeploy::DeploymentGroup');
    const { Alarms } = isJsonObject(AlarmConfiguration) ? AlarmConfiguration : {};
    if (!(id in before) || !Array.isArray(Alarms)) return [];
    const absent = Alarms.flatMap((alarm) => (isJsonObject(alarm) ? String(alarm.Name) : [])).filter(
      (name) => !existing.has(name),
    );
    return absent.length === 0
      ? []
      : [
          `${id} would watch ${absent.join(' and ')}, which this deployment makes only after the rollout: deploy once with --param rollout=AllAtOnce, which watches no alarm, then with the gradual rollout again`,
        ];
  });
}
