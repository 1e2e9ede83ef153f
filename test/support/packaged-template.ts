import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageVariant } from '../../lib/build/package-variant.ts';
import { type TemplateVariant, templateVariants } from '../../lib/build/template-variants.ts';
import type { Resource } from '../../lib/stack/template.ts';
import { serviceOnFixtures } from './service-on-fixtures.ts';

/** The CloudFormation template of one way to deploy the service. */
export interface PackagedTemplate {
  readonly resources: Readonly<Record<string, Resource>>;
  /** Resources of a type by logical id. */
  ofType(type: string): Record<string, Resource>;
  /** The only resource of a type, its logical id and its properties. */
  only(type: string): { id: string; properties: Readonly<Record<string, unknown>> };
  /** Logical ids that CloudFormation finishes before it begins with that one, and removes after it. */
  before(id: string): Set<string>;
}

/**
 * Packages the service as `serverless package` does.
 *
 * @param variant - how to deploy it, or a name in lib/build/template-variants.ts
 * @param edit - changes serverless.yml
 */
export async function packagedTemplate(
  variant: TemplateVariant | string,
  edit: (serverlessYml: string) => string = (text) => text,
): Promise<PackagedTemplate> {
  const way = typeof variant === 'string' ? templateVariants[variant] : variant;
  if (way === undefined) throw new Error(`there is no variant ${variant}`);
  const { directory, remove } = serviceOnFixtures();
  const file = join(directory, 'serverless.yml');
  // Not in place: the copy may share the file with the service.
  const edited = edit(readFileSync(file, 'utf8'));
  rmSync(file);
  writeFileSync(file, edited);
  try {
    const { resources } = await packageVariant(way, join(directory, '..', 'packaged'), directory);
    return template(resources);
  } finally {
    remove();
  }
}

function template(resources: Readonly<Record<string, Resource>>): PackagedTemplate {
  const ofType = (type: string) =>
    Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type === type));
  return {
    resources,
    ofType,
    only: (type) => {
      const [[id, resource] = [], ...others] = Object.entries(ofType(type));
      if (id === undefined || others.length > 0) throw new Error(`expected one ${type}`);
      return { id, properties: resource?.Properties ?? {} };
    },
    before: (id) => {
      const found = new Set<string>();
      const visit = (from: string) => {
        for (const name of namedBy(resources[from])) {
          if (!(name in resources) || found.has(name)) continue;
          found.add(name);
          visit(name);
        }
      };
      visit(id);
      return found;
    },
  };
}

/** Names that a part of a template refers to: DependsOn, Ref, Fn::GetAtt and the placeholders of Fn::Sub. */
function namedBy(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(namedBy);
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    if (key === 'Ref' || key === 'DependsOn') return [value].flat().map(String);
    if (key === 'Fn::GetAtt') return [String([value].flat()[0]).split('.', 1)[0] ?? ''];
    if (key === 'Fn::Sub') return [...placeholders(String([value].flat()[0])), ...namedBy(value)];
    return namedBy(value);
  });
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
}
