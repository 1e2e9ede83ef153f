import fc from 'fast-check';
import { breaksBetween } from '../../../../lib/build/revision-breaks.ts';
import { schemaCompiler } from '../../../../lib/build/schema-compiler.ts';
import { catalogue } from '../../../../lib/schema/catalogue.ts';
import { valueMatching } from '../../../support/arbitraries.ts';

describe('a schema revision', () => {
  const pairs = catalogue.flatMap(({ type, revisions }) =>
    revisions
      .slice(1)
      .map((newer, index) => ({ name: `${type} ${index + 2}`, older: revisions[index], newer })),
  );

  test('is shown by order.placed', () => {
    expect(pairs.map(({ name }) => name)).toContain('order.placed 2');
  });

  test.each(pairs)('only adds optional properties: $name', ({ older, newer }) => {
    expect(breaksBetween(older, newer)).toEqual([]);
  });

  test.each(pairs)('understands the data of the one before, and the other way: $name', ({ older, newer }) => {
    const [isOld, isNew] = [validatorOf(older), validatorOf(newer)];
    fc.assert(fc.property(valueMatching(older), (data) => isOld(data) && isNew(data)));
    fc.assert(fc.property(valueMatching(newer), (data) => isNew(data) && isOld(data)));
  });

  const line = { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] };
  const base = { type: 'object', properties: { a: { type: 'string' }, line }, required: ['a'] };
  const withProperties = (properties: object) => ({ ...base, properties });

  test.each<[string, object, string[]]>([
    ['adds an optional property', withProperties({ ...base.properties, b: { type: 'string' } }), []],
    [
      'adds an optional property further down',
      withProperties({
        ...base.properties,
        line: { ...line, properties: { ...line.properties, b: { type: 'string' } } },
      }),
      [],
    ],
    ['removes a property', withProperties({ a: { type: 'string' } }), ['/properties/line']],
    [
      'changes a property',
      withProperties({ ...base.properties, a: { type: 'integer' } }),
      ['/properties/a/type'],
    ],
    [
      'narrows a property',
      withProperties({ ...base.properties, a: { type: 'string', minLength: 1 } }),
      ['/properties/a/minLength'],
    ],
    ['requires another property', { ...base, required: ['a', 'line'] }, ['/required']],
    ['requires a property no longer', { ...base, required: [] }, ['/required']],
    ['forbids what it does not name', { ...base, additionalProperties: false }, ['/additionalProperties']],
  ])('that %s is told apart', (_name, newer, breaks) => {
    expect(breaksBetween(base, newer)).toEqual(breaks);
  });
});

function validatorOf(schema: object | undefined): (data: unknown) => boolean {
  return schemaCompiler(false).compile(schema ?? false);
}
