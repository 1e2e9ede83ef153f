import {
  functionArn,
  functionContext,
  functionEnvironment,
} from '../../../../../lib/local/function/function-definition.ts';

const definition = {
  name: 'shop-dev-consume',
  handler: 'handlers/consume.handler',
  codeDirectory: '/code',
  timeoutMs: 6_000,
  memorySize: 512,
  environment: { TABLE: 'orders', AWS_REGION: 'eu-west-1' },
};
const environment = (machine: Record<string, string>) =>
  functionEnvironment(definition, functionContext(definition, 'abc'), machine);

test('the ARN names the region of the function', () => {
  expect(functionArn(definition)).toBe('arn:aws:lambda:eu-west-1:000000000000:function:shop-dev-consume');
});

test('variables of the machine do not reach the function, but its path and AWS credentials do', () => {
  const variables = environment({
    SECRET: 'x',
    PATH: '/bin',
    AWS_SESSION_TOKEN: 'token',
    NODE_OPTIONS: '--inspect',
  });
  expect(variables).toMatchObject({ PATH: '/bin', AWS_SESSION_TOKEN: 'token', TABLE: 'orders' });
  expect(variables).not.toHaveProperty('SECRET');
  expect(variables).not.toHaveProperty('NODE_OPTIONS');
});

test('the variables that Lambda defines win over those of the function', () => {
  const variables = functionEnvironment(
    { ...definition, environment: { AWS_LAMBDA_FUNCTION_NAME: 'other' } },
    functionContext(definition, 'abc'),
    { AWS_REGION: 'us-west-2' },
  );
  expect(variables).toMatchObject({ AWS_LAMBDA_FUNCTION_NAME: 'shop-dev-consume', AWS_REGION: 'us-west-2' });
});
