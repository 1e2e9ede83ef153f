// `npm run check:template`: packages every variant of the stack and validates the templates, without AWS. Mappings are compared
// with the service model of AWS Lambda, and the policy of the deploy role with what the resources need.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deployPolicy } from '../stack/deploy-policy.ts';
import { declarationProblems, mappingProblems } from './check-mappings.ts';
import { missingPermissions } from './deploy-permissions.ts';
import { MissingTool, mayBeMissing } from './missing-tool.ts';
import { type PackagedVariant, packageVariant } from './package-variant.ts';
import { type PythonPackages, pythonPackages } from './python-packages.ts';
import { runProgram } from './run-program.ts';
import { templateVariants } from './template-variants.ts';
import { explained, validateTemplate } from './validate-template.ts';

const region = 'eu-west-1';

async function main(): Promise<void> {
  const python = usablePackages();
  const folder = mkdtempSync(path.join(tmpdir(), 'check-template-'));
  const problems: string[] = [];
  const bundles = new Map<string, string>();
  const types = new Set<string>();
  try {
    for (const [name, variant] of Object.entries(templateVariants)) {
      const packaged = await packageVariant(variant, path.join(folder, name.replaceAll(' ', '-')));
      const found = [...validateTemplate(packaged.templateFile), ...differing(packaged.folder, bundles)];
      if (python !== undefined) found.push(...pythonProblems(packaged, python));
      for (const { Type } of Object.values(packaged.resources)) types.add(Type);
      problems.push(...found.map((problem) => `${name}: ${problem}`));
      say(`${found.length === 0 ? 'ok' : 'not ok'}  ${name}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (python !== undefined) {
    // A custom resource is a function of the stack.
    const own = [...types].filter((type) => !type.startsWith('Custom::'));
    problems.push(...declarationProblems(python.lambdaModel));
    problems.push(...missingPermissions(deployPolicy('kafka-events'), own, python.resourceSchema));
  }
  for (const problem of problems) say(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function pythonProblems({ templateFile, resources }: PackagedVariant, python: PythonPackages): string[] {
  const mappings = Object.entries(resources).filter(
    ([, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping',
  );
  return [
    ...python.lint(templateFile, Object.keys(explained)),
    ...mappings.flatMap(([id, { Properties = {} }]) => mappingProblems(python.lambdaModel, Properties, id)),
  ];
}

/**
 * @returns undefined when they may be missing
 * @throws MissingTool that says how to install them
 */
function usablePackages(): PythonPackages | undefined {
  try {
    return pythonPackages(region);
  } catch (error) {
    if (!(error instanceof MissingTool && mayBeMissing())) throw error;
    say(`NOT RUN: ${error.message}`);
    return undefined;
  }
}

/** Bundles that differ from those of another variant: code must not depend on parameters or on the time. */
function differing(folder: string, bundles: Map<string, string>): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.zip'))
    .flatMap((file) => {
      const hash = createHash('sha256')
        .update(readFileSync(path.join(folder, file)))
        .digest('hex');
      const before = bundles.get(file) ?? hash;
      bundles.set(file, before);
      return before === hash ? [] : [`${file} has other bytes than in the packaging before`];
    });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

runProgram(main);
