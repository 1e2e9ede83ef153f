import { isJsonObject } from '../json.ts';

/** A shape of an AWS service model, as botocore has it. */
interface Shape {
  readonly type?: unknown;
  readonly members?: unknown;
  readonly member?: unknown;
  readonly required?: unknown;
  readonly enum?: unknown;
  readonly pattern?: unknown;
  readonly min?: unknown;
  readonly max?: unknown;
}

/**
 * Compares a value with a shape of a service model: names of members, enums, patterns and ranges.
 *
 * @param model - whole, with its `shapes`
 * @param value - a CloudFormation function in it stands for anything
 * @param path - names the value in problems
 * @returns one sentence for each problem
 */
export function shapeProblems(model: object, shapeName: string, value: unknown, path: string): string[] {
  const shapes = 'shapes' in model && isJsonObject(model.shapes) ? model.shapes : {};
  const shape = shapes[shapeName];
  if (!isJsonObject(shape)) return [`${path}: the service model has no shape ${shapeName}`];
  if (isFunction(value)) return [];
  switch (shape.type) {
    case 'structure':
      return structureProblems(model, shape, value, path);
    case 'list':
      return listProblems(model, shape, value, path);
    case 'string':
      return textProblems(shape, value, path);
    case 'integer':
    case 'long':
      return typeof value === 'number' ? rangeProblems(shape, value, path, '') : [`${path} is not a number`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} is not a boolean`];
    default:
      return [];
  }
}

function structureProblems(model: object, { members, required }: Shape, value: unknown, path: string) {
  if (!isJsonObject(value)) return [`${path} is not an object`];
  const known = isJsonObject(members) ? members : {};
  const missing = (Array.isArray(required) ? required : []).filter((name) => value[name] === undefined);
  return [
    ...missing.map((name) => `${path}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const shape = shapeOf(known[name]);
      return shape === undefined
        ? [`${path}.${name} is not known`]
        : shapeProblems(model, shape, member, `${path}.${name}`);
    }),
  ];
}

function listProblems(model: object, shape: Shape, value: unknown, path: string): string[] {
  if (!Array.isArray(value)) return [`${path} is not a list`];
  const member = shapeOf(shape.member) ?? '';
  return [
    ...rangeProblems(shape, value.length, path, 'the number of '),
    ...value.flatMap((item, index) => shapeProblems(model, member, item, `${path}[${index}]`)),
  ];
}

function textProblems(shape: Shape, value: unknown, path: string): string[] {
  if (typeof value !== 'string') return [`${path} is not a string`];
  const { enum: choices, pattern } = shape;
  const isChoice = !Array.isArray(choices) || choices.includes(value);
  const matches = typeof pattern !== 'string' || new RegExp(`^(?:${pattern})$`).test(value);
  return [
    ...(isChoice ? [] : [`${path}: "${value}" is none of ${String(choices)}`]),
    ...(matches ? [] : [`${path}: "${value}" does not match ${pattern}`]),
    ...rangeProblems(shape, value.length, path, 'the length of '),
  ];
}

function rangeProblems({ min, max }: Shape, count: number, path: string, what: string): string[] {
  const isLow = typeof min === 'number' && count < min;
  const isHigh = typeof max === 'number' && count > max;
  return isLow || isHigh ? [`${what}${path} is ${count}, not from ${min ?? ''} to ${max ?? ''}`] : [];
}

function shapeOf(reference: unknown): string | undefined {
  return isJsonObject(reference) && typeof reference.shape === 'string' ? reference.shape : undefined;
}

/** `Ref`, `Fn::GetAtt` and the like. */
function isFunction(value: unknown): boolean {
  const [name = '', ...more] = isJsonObject(value) ? Object.keys(value) : [];
  return more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
}
