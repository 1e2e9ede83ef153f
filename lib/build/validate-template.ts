import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';

/** Known warnings, and why they are ignored. */
export const explained: Readonly<Record<string, string>> = {
  W3005: 'The framework says by DependsOn what a reference says already.',
  W3010: 'Zones that are named are a parameter of the deployment.',
  W9002: 'The ARN of an existing cluster is a parameter of the deployment.',
  W9013: 'The ARN of an existing cluster holds its account.',
};

/**
 * Validates a CloudFormation template against the schemas of its resources, without AWS.
 *
 * @returns one sentence for each problem
 */
export function validateTemplate(templateFile: string): string[] {
  const engine = new RegoEngine();
  try {
    return engine
      .validateStandard(new TemplateFile(templateFile))
      .diagnostics.filter(({ severity, ruleId }) => severity !== 'INFO' && explained[ruleId] === undefined)
      .map(({ ruleId, message, startLine }) => `${ruleId} in line ${startLine}: ${message}`);
  } finally {
    engine.free();
  }
}
