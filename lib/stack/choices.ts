/** The parameters that a stack keeps, and the effect of changing each. */
const effects = {
  cluster: 'the records and the consumer positions stay on the old cluster',
  clusterArn: 'the records and the consumer positions stay on the old cluster',
  vpc: 'the cluster would be replaced, with all records',
  subnets: 'the cluster would be replaced, with all records',
  vpcCidr: 'the cluster would be replaced, with all records',
  zones: 'the cluster would be replaced, with all records',
  topicPrefix: 'records in the old topics are no longer consumed',
  egress: 'functions reach fewer or more services',
  esm: 'the retry limits, the failure topic and the reports of failed records are added or removed',
  idempotency: 'processed events are forgotten or not remembered, so they can take effect twice',
  auth: 'other callers may publish',
  jwtScopes: 'other callers may publish',
  domain: 'clients find the API under another name',
  kafkaAuth: 'clients authenticate to the brokers in another way',
  production: 'the production checks are added or removed',
  protect: 'removing the stack keeps or deletes cluster and network',
} as const;

type Choice = keyof typeof effects;

/**
 * Those that replace a created cluster. CloudFormation makes the new one first, and Amazon MSK takes a name once: AWS
 * CloudFormation User Guide, "Name type".
 */
const ofNetwork: readonly Choice[] = ['vpc', 'subnets', 'vpcCidr', 'zones'];

/** Names of the parameters that a stack keeps, unless `allowChange` names them. */
export const choiceNames: readonly string[] = Object.keys(effects);
const choices = Object.keys(effects) as Choice[];

/** The name under `Metadata` of the template. */
export const CHOICES = 'Choices';

/** The parameters that the template records, as strings. */
export function choicesOf(parameters: Readonly<Record<Choice, unknown>>): Record<string, string> {
  const kept = choices.filter((name) => name !== 'subnets' || parameters.cluster === 'create');
  return Object.fromEntries(kept.map((name) => [name, String(parameters[name])]));
}

/**
 * The recorded parameters that a deployment would change.
 *
 * @param before - from the deployed template; parameters that it lacks are not compared
 * @param after - of this deployment
 * @param allowed - names that may change
 * @returns one sentence for each
 */
export function changedChoices(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  allowed: readonly string[],
): string[] {
  return choices.flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    if (typeof was !== 'string' || typeof is !== 'string' || was === is) return [];
    const isImpossible =
      ofNetwork.includes(name) && before.cluster === 'create' && after.cluster === 'create';
    if (allowed.includes(name) && !isImpossible) return [];
    const otherwise = isImpossible
      ? 'deploy another stage and remove this one, as CloudFormation cannot make a second cluster of the same name'
      : `allow it with --param allowChange=${name}`;
    return [
      `${name} would change from ${shown(was)} to ${shown(is)}: ${effects[name]}; keep it with --param ${name}=${kept(name, was)} or under params.<stage> in serverless.yml, or ${otherwise}`,
    ];
  });
}

function shown(value: string): string {
  return value === '' ? 'nothing' : value;
}

/** The old value as a parameter takes it: an empty prefix is `none`. */
function kept(name: Choice, value: string): string {
  return name === 'topicPrefix' && value === '' ? 'none' : value;
}
