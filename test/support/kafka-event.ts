/** Of an event source mapping that a test declares. */
export const clusterArn =
  'arn:aws:kafka:eu-west-1:111122223333:cluster/demo/0a1b2c3d-0000-0000-0000-000000000000-1';

/** An `msk` event of serverless.yml: a topic of {@link clusterArn}, with these properties. */
export const mskEvent = (properties: Record<string, unknown>) => ({
  msk: { arn: clusterArn, topic: 'orders', ...properties },
});

/** A `kafka` event of serverless.yml: a topic of a cluster of one's own, with these properties. */
export const kafkaEvent = (properties: Record<string, unknown>) => ({
  kafka: {
    topic: 'orders',
    bootstrapServers: ['broker.example:9092'],
    accessConfigurations: {
      saslScram512Auth: ['arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_x'],
    },
    ...properties,
  },
});
