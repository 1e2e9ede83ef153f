import { AUTH_FORM, type Environment, isAuth } from '../kafka/configuration.ts';
import type { Flags } from './command.ts';
import type { Line } from './line.ts';
import { UsageError } from './usage-error.ts';

/** The variable that a flag stands for. */
const variables = {
  brokers: 'KAFKA_BROKERS',
  'cluster-arn': 'MSK_CLUSTER_ARN',
  auth: 'KAFKA_AUTH',
  username: 'KAFKA_USERNAME',
  'secret-arn': 'KAFKA_SECRET_ARN',
  region: 'AWS_REGION',
  'topic-prefix': 'KAFKA_TOPIC_PREFIX',
} as const;

/** The flags that name the cluster; what they leave out is read from the environment, as by the functions. */
export const clusterFlags = {
  brokers: {
    value: '<brokers>',
    says: 'host:port, comma-separated; else KAFKA_BROKERS, else those of the cluster',
  },
  'cluster-arn': {
    value: '<arn>',
    says: 'Amazon MSK cluster whose brokers are looked up; else MSK_CLUSTER_ARN',
  },
  auth: { value: '<auth>', says: `${AUTH_FORM}; else KAFKA_AUTH, else none` },
  username: {
    value: '<name>',
    says: 'of SCRAM; else KAFKA_USERNAME; the password is read from KAFKA_PASSWORD',
  },
  'secret-arn': {
    value: '<arn>',
    says: 'secret with the SCRAM credentials or the client certificate; else KAFKA_SECRET_ARN',
  },
  region: { value: '<region>', says: 'AWS region; else AWS_REGION' },
  'topic-prefix': { value: '<prefix>', says: 'before the topics of the catalogue; else KAFKA_TOPIC_PREFIX' },
} as const satisfies Record<keyof typeof variables, Flags[string]>;

/**
 * The environment, with what the flags say instead.
 *
 * @throws UsageError when `--auth` is unknown
 */
export function withClusterFlags(line: Line, environment: Environment): Environment {
  const auth = line.text('auth');
  if (auth !== undefined && !isAuth(auth)) {
    throw new UsageError(`--auth must be ${AUTH_FORM}, not "${auth}"`);
  }
  const given = Object.entries(variables).flatMap(([flag, variable]) => {
    const value = line.text(flag);
    return value === undefined ? [] : [[variable, value] as const];
  });
  // A flag wins over a variable: the cluster that it names is not the one of KAFKA_BROKERS.
  const replaced = line.has('cluster-arn') && !line.has('brokers') ? { KAFKA_BROKERS: undefined } : {};
  return { ...environment, ...replaced, ...Object.fromEntries(given) };
}
