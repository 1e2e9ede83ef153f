// `npx tsx lib/build/diff-template.ts <stack>`: what deploying `.serverless` would change in the deployed stack.
import { existsSync, readFileSync } from 'node:fs';
import { errorMessage } from '../errors.ts';
import { deployedTemplate, parsedTemplate } from '../stack/deployed-template.ts';
import { templateDifference } from './template-difference.ts';

const packaged = '.serverless/cloudformation-template-update-stack.json';

async function main(stackName: string | undefined): Promise<void> {
  if (stackName === undefined) throw new Error('Name the stack: npx tsx lib/build/diff-template.ts <stack>');
  if (!existsSync(packaged)) throw new Error(`There is no ${packaged}: run npx serverless package first`);
  const after = parsedTemplate(JSON.parse(readFileSync(packaged, 'utf8')));
  // Region and credentials as the AWS SDK finds them.
  const before = (await deployedTemplate({}, stackName)) ?? { Resources: {} };
  const difference = templateDifference(before.Resources, after.Resources);
  process.stdout.write(`${difference.length === 0 ? 'No resource changes.' : difference.join('\n')}\n`);
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n`);
  process.exitCode = 1;
});
