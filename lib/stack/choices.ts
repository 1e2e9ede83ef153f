import type { StackParameters } from './parameters.ts';

/** The parameters that a stack keeps, and what else would change with each. */
const effects = {
  cluster: 'the records and the positions of its consumers stay behind on the cluster of before',
  clusterArn: 'the records and the positions of its consumers stay behind on the cluster of before',
  vpc: 'the cluster is replaced, with all records',
  subnets: 'a created cluster is replaced, with all records',
  vpcCidr: 'the cluster is replaced, with all records',
  zones: 'the cluster is replaced, with all records',
  topicPrefix: 'records in the topics of before are not consumed any more',
  esm: 'the limits, the failure topic and the reports of failed records come or go',
  auth: 'other callers may publish',
  kafkaAuth: 'clients log in to the brokers in another way',
  production: 'the checks for production come or go',
  protect: 'removing the stack keeps or deletes cluster and network',
} as const satisfies Partial<Record<keyof StackParameters, string>>;

type Choice = keyof typeof effects;

/** Names of the parameters that a stack keeps, unless `allowChange` names them. */
export const choiceNames = Object.keys(effects) as Choice[];

/** The name under `Metadata` of the template. */
export const CHOICES = 'Choices';

/** What the template remembers of the parameters that it was made with, as texts. */
export function choicesOf(parameters: StackParameters): Record<string, string> {
  const kept = choiceNames.filter((name) => name !== 'subnets' || parameters.cluster === 'create');
  return Object.fromEntries(kept.map((name) => [name, String(parameters[name])]));
}

/**
 * What a deployment would change of the choices that the stack was made with.
 *
 * @param before - as the deployed template remembers them; what it does not hold is not compared
 * @param after - of this deployment
 * @param allowed - names that may change
 * @returns one sentence for each
 */
export function changedChoices(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  allowed: readonly string[],
): string[] {
  return choiceNames.flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    if (typeof was !== 'string' || typeof is !== 'string' || was === is || allowed.includes(name)) return [];
    return [
      `${name} would change from ${shown(was)} to ${shown(is)}: ${effects[name]}; keep it with --param ${name}=${kept(name, was)} or under params.<stage> in serverless.yml, or allow it with --param allowChange=${name}`,
    ];
  });
}

function shown(value: string): string {
  return value === '' ? 'nothing' : value;
}

/** How to say the value that was: an absent prefix is `none`. */
function kept(name: Choice, value: string): string {
  return name === 'topicPrefix' && value === '' ? 'none' : value;
}
