import Ajv, { _, type CodeKeywordDefinition, str } from 'ajv';
import {
  isDate,
  isDateTime,
  isDuration,
  isEmail,
  isHostname,
  isIpv4,
  isIpv6,
  isTime,
  isUri,
  isUriReference,
  isUuid,
} from '../schema/formats.ts';
import { isMultipleOf } from '../schema/multiple-of.ts';

/** The values of `format`, and the function that checks each. */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  'date-time': isDateTime,
  duration: isDuration,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  time: isTime,
  uri: isUri,
  'uri-reference': isUriReference,
  uuid: isUuid,
};

/** The names that `format` may have. */
export const formatNames: readonly string[] = Object.keys(formats);

/** Imports for the code of a validator. */
export const validatorImports = `
import { ${isMultipleOf.name} } from './lib/schema/multiple-of.ts';
import { ${Object.values(formats)
  .map(({ name }) => name)
  .join(', ')} } from './lib/schema/formats.ts';
`;

/** Replaces the keyword of ajv, which compares doubles. */
const multipleOf: CodeKeywordDefinition = {
  keyword: 'multipleOf',
  type: 'number',
  schemaType: 'number',
  error: { message: ({ schemaCode }) => str`must be multiple of ${schemaCode}` },
  code: (context) => {
    const check = context.gen.scopeValue('func', { ref: isMultipleOf, code: _`isMultipleOf` });
    context.fail(_`!${check}(${context.data}, ${context.schemaCode})`);
  },
};

/**
 * Creates the compiler of event schemas: JSON Schema draft-07 in ajv's strict mode, and the keyword `sensitive`.
 *
 * @param allErrors - whether a validator goes on after the first error
 * @param validateSchema - false for schemas that were checked: each compiler compiles draft-07 itself for that, in 20 ms
 */
export function schemaCompiler(allErrors: boolean, validateSchema = true): Ajv {
  const ajv = new Ajv({
    allErrors,
    validateSchema,
    strictTypes: false,
    strictTuples: false,
    code: { source: true, esm: true, lines: true, formats: _`formats` },
  });
  for (const [format, check] of Object.entries(formats)) ajv.addFormat(format, check);
  ajv.addKeyword({ keyword: 'sensitive', schemaType: 'boolean' });
  ajv.removeKeyword('multipleOf').addKeyword(multipleOf);
  return ajv;
}

/** Makes validator code call the functions of {@link validatorImports} directly: a table would include unused ones. */
export function withFormatFunctions(code: string): string {
  return code.replaceAll(/\bformats(?:\.(\w+)|\["([\w-]+)"\])/g, (access, plain = '', quoted = '') => {
    return formats[plain || quoted]?.name ?? access;
  });
}

/** What an issue leaves out of an error. Texts come first, so that nothing is taken for it inside of them. */
const unread =
  /"(?:[^"\\]|\\.)*"|schemaPath:"(?:[^"\\]|\\.)*",|params:\{(?!missingProperty)(?:[^{}"]|"(?:[^"\\]|\\.)*")*\},/g;

/**
 * Takes out of validator code what nobody reads: where in the schema an error comes from, its parameters but a missing
 * property, and schemas that were only there for these. Every cold start would compile it, a quarter of the code.
 */
export function withoutUnread(code: string): string {
  const slim = code.replaceAll(unread, (part) => (part.startsWith('"') ? part : ''));
  return slim.replaceAll(/^const (schema\d+) = .*$/gm, (line, name: string) =>
    slim.split(new RegExp(`\\b${name}\\b`)).length > 2 ? line : '',
  );
}
