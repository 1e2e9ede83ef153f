import type { ConfigurationReader, Range } from '../configuration-reader.ts';

/** An object of serverless.yml, or of a CloudFormation template. */
export type Properties = Readonly<Record<string, unknown>>;

/** The framework's events of Kafka clusters: Amazon MSK, and self-managed. */
export const kafkaEventTypes = ['msk', 'kafka'] as const;
export type KafkaEventType = (typeof kafkaEventTypes)[number];

/** A statement of an IAM policy. */
export interface Statement<Resource = readonly unknown[]> {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: Resource;
  readonly Condition?: Properties;
}

/** Where a property is read. */
export interface Place {
  readonly event: KafkaEventType;
  /** Of what is named without an ARN. */
  readonly region: string;
}

/** The whole definition of one property of an event source mapping. */
export interface Property<Value> {
  /** In serverless.yml. */
  readonly name: string;
  /** JSON Schema. Absent for a property of the framework's own events, which the framework compiles itself. */
  readonly schema?: object;
  /** The event that has it; absent: both. */
  readonly event?: KafkaEventType;
  /** Checks what is written and applies the default. */
  readonly read: (reader: ConfigurationReader, name: string, place: Place) => Value;
  /** AWS Lambda accepts it in provisioned mode only. */
  readonly provisionedOnly?: true;
  /** For a property of provisioned mode: the value that means the same as leaving it out, and is allowed in both modes. */
  readonly neutral?: unknown;
  /** Makes the properties of the AWS::Lambda::EventSourceMapping from the value and the whole event; a name: the value as it is. */
  readonly template?: string | ((written: unknown, event: Properties) => Properties);
  /** What the role of the function needs for it. */
  readonly statements?: (written: unknown, event: Properties) => Statement[];
}

type Kind<Value> = Required<Pick<Property<Value>, 'schema' | 'read'>>;

export function flag(): Kind<boolean> {
  return { schema: { type: 'boolean' }, read: (reader, name) => reader.flag(name) ?? false };
}

/** AWS Lambda uses -1 for no limit. */
export const UNLIMITED = -1;

/** A number in the range, or -1 for no limit, which is the default. */
export function limit(range: Range): Kind<number> {
  return {
    schema: { type: 'integer' },
    read: (reader, name) => reader.integer(name, range, UNLIMITED) ?? UNLIMITED,
  };
}

export function oneOf<Choice extends string>(choices: readonly Choice[]): Kind<Choice | undefined> {
  return { schema: { enum: choices }, read: (reader, name) => reader.oneOf(name, choices) };
}

export function someOf<Choice extends string>(choices: readonly Choice[]): Kind<Choice[]> {
  return {
    schema: { type: 'array', items: { enum: choices } },
    read: (reader, name) => reader.someOf(name, choices),
  };
}

/** Leaves out what is not set. */
export function present(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter(([, value]) => value !== undefined && value !== null),
  );
}

export function allow(actions: string[], ...resources: unknown[]): Statement {
  return { Effect: 'Allow', Action: actions, Resource: resources };
}

/** Stands for a resource that has no ARN before it is deployed. */
export function localArn(service: string, region: string, resource: string): string {
  return service === 's3'
    ? `arn:aws:s3:::${resource}`
    : `arn:aws:${service}:${region}:000000000000:${resource}`;
}

/** The name inside a CloudFormation function: `Ref: X`, `Fn::GetAtt: [X, Arn]`, `Fn::ImportValue: X`. */
export function referenceName(reference: Properties): string {
  const argument = Object.values(reference)[0];
  const name: unknown = Array.isArray(argument) ? argument[0] : argument;
  return typeof name === 'string' ? name.replace(/[^a-zA-Z0-9-_]/g, '-') : 'unnamed';
}

/** Joins texts and CloudFormation functions to one text; a plain text where all of them are. */
export function join(...parts: readonly unknown[]): string | { readonly 'Fn::Join': readonly unknown[] } {
  return parts.every((part) => typeof part === 'string') ? parts.join('') : { 'Fn::Join': ['', parts] };
}
