import { alarmArns, alarms } from './alarms.ts';
import { CHOICES, choicesOf } from './choices.ts';
import { dashboard } from './dashboard.ts';
import { type Deployment, provisionsTopics } from './deployment.ts';
import { customDomain } from './domain.ts';
import { idempotencyTable } from './idempotency-table.ts';
import { network } from './network.ts';
import { loginSecret } from './parameters.ts';
import { roles } from './roles.ts';
import { logicalName, PROVISION_FUNCTION, TOPICS_FUNCTION } from './service-functions.ts';
import { getAtt, type Resource, ref, type TemplatePart } from './template.ts';
import { ownPrefix } from './topics.ts';

/** Concurrent executions of a new account: Lambda Developer Guide, "Lambda quotas". */
const SMALLEST_QUOTA = 10;
/** A request takes some 20 ms, so publishers keep up with the rate. */
const REQUESTS_PER_SECOND = 500;
/** Seconds that CloudFormation waits; lib/provision/provision-handler.ts answers before. */
const PROVISIONING_SECONDS = 600;

/**
 * Writes the parts of the stack that the framework does not: all but functions, HTTP API and event source mappings.
 * Resources of the framework are completed, not replaced.
 */
export function stack(deployment: Deployment): TemplatePart[] {
  const { parameters } = deployment;
  const watched = alarms(deployment);
  return [
    { Metadata: { [CHOICES]: choicesOf(parameters) }, Resources: roles(deployment) },
    ...(parameters.idempotency === 'dynamodb' ? [idempotencyTable(parameters)] : []),
    ...(parameters.cluster === 'create' ? [network(deployment)] : []),
    ...(provisionsTopics(deployment) ? [topics(deployment)] : []),
    ...(deployment.hasHttpApi ? [httpApi(deployment)] : []),
    ...(deployment.hasHttpApi && parameters.domain !== '' ? [customDomain(parameters)] : []),
    watched,
    dashboard(deployment, alarmArns(watched)),
  ];
}

/**
 * The custom resource of handlers/provision.ts, which creates the topics and returns the bootstrap brokers: a serverless
 * cluster has neither the topic API nor an output for its brokers. Functions get the brokers from it, so they are
 * deployed after the topics exist.
 */
function topics({ prefix, parameters, cluster, functions, topics: wanted }: Deployment): TemplatePart {
  const brokers = getAtt('Topics', 'BootstrapBrokers');
  const { arn } = loginSecret(parameters);
  // Functions read the secret themselves: it can rotate, and a password does not belong in their configuration.
  const access = { KAFKA_AUTH: parameters.kafkaAuth, ...(arn !== '' && { KAFKA_SECRET_ARN: arn }) };
  const clients = Object.keys(functions).filter((name) => name !== PROVISION_FUNCTION);
  return {
    Resources: {
      Topics: {
        Type: 'Custom::KafkaTopics',
        Properties: {
          ServiceToken: getAtt(`${logicalName(PROVISION_FUNCTION)}LambdaFunction`, 'Arn'),
          ServiceTimeout: PROVISIONING_SECONDS,
          ClusterArn: cluster.arn,
          Auth: parameters.kafkaAuth,
          Brokers: parameters.brokers.join(','),
          TopicsFunction: ref(`${logicalName(TOPICS_FUNCTION)}LambdaFunction`),
          OnDelete: parameters.deleteTopics ? 'delete' : 'retain',
          ...(parameters.cluster === 'existing' && { OwnPrefix: ownPrefix(prefix) }),
          Topics: wanted,
        },
      },
      ...Object.fromEntries(
        clients.map((name): [string, Resource] => [
          `${logicalName(name)}LambdaFunction`,
          {
            Type: 'AWS::Lambda::Function',
            Properties: {
              Environment: {
                Variables: { ...access, ...(name !== TOPICS_FUNCTION && { KAFKA_BROKERS: brokers }) },
              },
            },
          },
        ]),
      ),
    },
    Outputs: { BootstrapBrokers: { Value: brokers } },
  };
}

function httpApi({ parameters }: Deployment): TemplatePart {
  return {
    Resources: {
      HttpApiStage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: {
          DefaultRouteSettings: {
            // Without a reservation: the smallest quota that an account can have.
            ThrottlingBurstLimit: parameters.publisherConcurrency || SMALLEST_QUOTA,
            ThrottlingRateLimit: REQUESTS_PER_SECOND,
          },
        },
      },
    },
  };
}
