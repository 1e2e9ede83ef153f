import { isJsonObject } from '../json.ts';

/** A text, or a CloudFormation function that yields one. */
export type Value = string | { readonly [name: string]: unknown };

/** A CloudFormation resource. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly [attribute: string]: unknown;
}

/** Resources of a template by logical id, as parsed. */
export type Resources = Readonly<Record<string, unknown>>;

/** A part of a CloudFormation template. The framework merges all parts. */
export interface TemplatePart {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** The properties of a resource; none when it has none, or is of another type. */
export function propertiesOf(resource: unknown, type?: string): Record<string, unknown> {
  return isJsonObject(resource) &&
    (type === undefined || resource.Type === type) &&
    isJsonObject(resource.Properties)
    ? resource.Properties
    : {};
}

export function ref(id: string): Value {
  return { Ref: id };
}

export function getAtt(id: string, attribute: string): Value {
  return { 'Fn::GetAtt': [id, attribute] };
}

/** @param text - with `${Resource}`, `${Resource.Attribute}` and `${AWS::…}` in it */
export function sub(text: string, names?: Readonly<Record<string, unknown>>): Value {
  return { 'Fn::Sub': names === undefined ? text : [text, names] };
}

/** A policy of AWS IAM. */
export function policyDocument<Statement>(statements: readonly Statement[]) {
  return { Version: '2012-10-17', Statement: statements };
}

/**
 * Lets a service of AWS take a role.
 *
 * @param service - for example `lambda.amazonaws.com`
 */
export function trustPolicy(service: string) {
  return policyDocument([{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }]);
}
