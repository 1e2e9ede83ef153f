// `npm run check:template`: packages every variant of the stack and validates the templates, without AWS.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageVariant } from './package-variant.ts';
import { templateVariants } from './template-variants.ts';
import { explained, validateTemplate } from './validate-template.ts';

const region = 'eu-west-1';

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'check-template-'));
  const problems: string[] = [];
  const bundles = new Map<string, string>();
  const linter = spawnSync('cfn-lint', ['--version']).status === 0;
  try {
    for (const [name, variant] of Object.entries(templateVariants)) {
      const packaged = await packageVariant(variant, path.join(folder, name.replaceAll(' ', '-')));
      const { templateFile } = packaged;
      const found = [...validateTemplate(templateFile), ...(linter ? linted(templateFile) : [])];
      found.push(...differing(packaged.folder, bundles));
      problems.push(...found.map((problem) => `${name}: ${problem}`));
      say(`${found.length === 0 ? 'ok' : 'not ok'}  ${name}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!linter) say('cfn-lint is not installed (pip install cfn-lint), so it did not run.');
  for (const problem of problems) say(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function linted(template: string): string[] {
  const ignored = Object.keys(explained).flatMap((rule) => ['--ignore-checks', rule]);
  const { stdout } = spawnSync(
    'cfn-lint',
    ['--region', region, '--format', 'parseable', ...ignored, '-t', template],
    { encoding: 'utf8' },
  );
  return stdout.split('\n').filter((line) => line !== '');
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

void main();
