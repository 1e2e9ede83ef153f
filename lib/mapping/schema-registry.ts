import type { ConfigurationReader } from '../configuration-reader.ts';
import { isJsonObject } from '../json.ts';
import { allow, localArn, type Properties, type Property, present, referenceName } from './property.ts';

/** How records are handed over once a schema registry has read them. */
export type EventRecordFormat = (typeof eventRecordFormats)[number];
const eventRecordFormats = ['JSON', 'SOURCE'] as const;

/** Part of a record that the schema registry validates. */
export type ValidationAttribute = (typeof validationAttributes)[number];
const validationAttributes = ['KEY', 'VALUE'] as const;

/** serverless.yml's name of a credential and AWS's `SchemaRegistryConfig.AccessConfigs[].Type`. */
const accessTypes = {
  basicAuth: 'BASIC_AUTH',
  clientCertificateTlsAuth: 'CLIENT_CERTIFICATE_TLS_AUTH',
  serverRootCaCertificate: 'SERVER_ROOT_CA_CERTIFICATE',
  oauthBearerAuth: 'OAUTHBEARER_AUTH',
} as const;

/** CloudFormation Template Reference, "SchemaRegistryConfig". */
const MAX_SECRETS = 2;

/** A schema registry, as AWS's `SchemaRegistryConfig` holds it. */
export interface SchemaRegistryDeclaration {
  kind: 'glue' | 'confluent';
  /** ARN of a Glue registry, or URL of a Confluent-compatible one. */
  uri: string;
  eventRecordFormat: EventRecordFormat;
  accessConfigurations: { type: string; uri: string }[];
  validationAttributes: ValidationAttribute[];
}

const secrets = { type: 'array', minItems: 1, items: { $ref: '#/definitions/awsSecretsManagerArnString' } };

const registryProperties = {
  uri: { anyOf: [{ type: 'string' }, { $ref: '#/definitions/awsCfFunction' }] },
  eventRecordFormat: { enum: eventRecordFormats },
  accessConfigurations: {
    type: 'object',
    properties: Object.fromEntries(Object.keys(accessTypes).map((name) => [name, secrets])),
    additionalProperties: false,
  },
  validationAttributes: { type: 'array', items: { enum: validationAttributes } },
};

/**
 * The schema registry that records are read with.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html Lambda Developer Guide, "Using schema registries with Kafka event sources"}
 */
export const schemaRegistry: Property<SchemaRegistryDeclaration | undefined> = {
  name: 'schemaRegistry',
  schema: { type: 'object', properties: registryProperties, additionalProperties: false },
  provisionedOnly: true,
  read: (reader, name, { region }) => {
    const registry = reader.child(name, Object.keys(registryProperties));
    if (registry === undefined) return undefined;
    const uri = registryUri(registry, region);
    const kind = uri.startsWith('arn:') ? 'glue' : 'confluent';
    const eventRecordFormat = registry.oneOf('eventRecordFormat', eventRecordFormats);
    if (registry.get('eventRecordFormat') === undefined) {
      registry.refuse('eventRecordFormat', 'is required: JSON or SOURCE');
    }
    const attributes = registry.someOf('validationAttributes', validationAttributes);
    if (attributes.length === 0 && registry.get('validationAttributes') === undefined) {
      registry.refuse('validationAttributes', 'is required: KEY, VALUE or both');
    }
    const access = registry.child('accessConfigurations', Object.keys(accessTypes));
    const accessConfigurations = Object.entries(accessTypes).flatMap(([property, type]) =>
      (access?.list(property) ?? []).flatMap((secret) => {
        if (typeof secret === 'string' && secret.startsWith('arn:')) return [{ type, uri: secret }];
        access?.refuse(property, 'must list ARNs of secrets in AWS Secrets Manager');
        return [];
      }),
    );
    if (kind === 'glue' && access !== undefined) {
      const reason = 'must be absent with a Glue registry: the role of the function is used';
      registry.refuse('accessConfigurations', reason);
    }
    if (accessConfigurations.length > MAX_SECRETS) {
      registry.refuse('accessConfigurations', `holds more than ${MAX_SECRETS} secrets`);
    }
    return {
      kind,
      uri,
      eventRecordFormat: eventRecordFormat ?? 'JSON',
      accessConfigurations,
      validationAttributes: attributes,
    };
  },
  template: (written, event) => {
    if (!isJsonObject(written)) return {};
    const { uri, eventRecordFormat, validationAttributes: attributes } = written;
    const access = accessOf(written);
    const config = present({
      SchemaRegistryURI: uri,
      EventRecordFormat: eventRecordFormat,
      AccessConfigs: access.length === 0 ? undefined : access,
      SchemaValidationConfigs: Array.isArray(attributes)
        ? attributes.map((attribute: unknown) => ({ Attribute: attribute }))
        : undefined,
    });
    const source =
      event.arn === undefined ? 'SelfManagedKafkaEventSourceConfig' : 'AmazonManagedKafkaEventSourceConfig';
    return { [source]: { SchemaRegistryConfig: config } };
  },
  statements: (written) => {
    if (!isJsonObject(written)) return [];
    const { uri } = written;
    if (typeof uri === 'string' && !uri.startsWith('arn:')) {
      const access = accessOf(written).map(({ URI }) => URI);
      return access.length === 0 ? [] : [allow(['secretsmanager:GetSecretValue'], ...access)];
    }
    const schemas = typeof uri === 'string' ? `${uri.replace(/:registry\//, ':schema/')}/*` : '*';
    return [allow(['glue:GetRegistry', 'glue:GetSchemaVersion'], uri, schemas)];
  },
};

function accessOf({ accessConfigurations }: Properties): { Type: string; URI: unknown }[] {
  if (!isJsonObject(accessConfigurations)) return [];
  return Object.entries(accessTypes).flatMap(([name, Type]) => {
    const written = accessConfigurations[name];
    return Array.isArray(written) ? written.map((URI: unknown) => ({ Type, URI })) : [];
  });
}

function registryUri(registry: ConfigurationReader, region: string): string {
  const uri = registry.get('uri');
  if (isJsonObject(uri)) return localArn('glue', region, `registry/${referenceName(uri)}`);
  if (
    typeof uri === 'string' &&
    (/^arn:aws[a-z-]*:glue:/.test(uri) || (/^https?:\/\//.test(uri) && URL.canParse(uri)))
  )
    return uri;
  registry.refuse('uri', 'must be the ARN of a Glue registry or the URL of a Confluent-compatible one');
  return '';
}
