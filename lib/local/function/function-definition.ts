/** A function as serverless.yml declares it, and where its bundle is. */
export interface FunctionDefinition {
  /** Name of the deployed function. */
  readonly name: string;
  /** `<path without extension>.<export>`, the path relative to the code directory. */
  readonly handler: string;
  /** Absolute path of the folder that holds the bundled CommonJS or ES modules. */
  readonly codeDirectory: string;
  readonly timeoutMs: number;
  /** Megabytes. */
  readonly memorySize: number;
  /** The function's own environment variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Used when nothing else names a region. */
const DEFAULT_REGION = 'us-east-1';
/** An account that cannot exist stands for all of them. */
export const LOCAL_ACCOUNT = '000000000000';

/** The part of the context object that is the same for every invocation. */
export interface FunctionContext {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/** ARN of the function as if it were deployed. */
export function functionArn(definition: Pick<FunctionDefinition, 'name' | 'environment'>): string {
  return `arn:aws:lambda:${regionOf(definition)}:${LOCAL_ACCOUNT}:function:${definition.name}`;
}

/**
 * The properties of a handler's context object that do not change.
 *
 * @param environmentId - tells execution environments apart in the log stream name
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html Lambda Developer Guide, "Using the Lambda context object to retrieve Node.js function information"}
 */
export function functionContext(definition: FunctionDefinition, environmentId: string): FunctionContext {
  const [day = ''] = new Date().toISOString().split('T');
  return {
    functionName: definition.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn(definition),
    memoryLimitInMB: String(definition.memorySize),
    logGroupName: `/aws/lambda/${definition.name}`,
    logStreamName: `${day.replaceAll('-', '/')}/[$LATEST]${environmentId}`,
  };
}

/** Variables of the machine that Node.js programs or the AWS SDK need. */
const systemVariables = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TEMP',
  'SystemRoot',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_ENDPOINT_URL',
] as const;

/**
 * The environment variables a handler sees: its own, those Lambda defines, and of the machine only the path and AWS
 * credentials, so that a variable missing in serverless.yml is missing here too.
 *
 * @param machine - usually `process.env`
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime Lambda Developer Guide, "Defined runtime environment variables"}
 */
export function functionEnvironment(
  definition: FunctionDefinition,
  context: FunctionContext,
  machine: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const inherited = systemVariables.flatMap((name) => {
    const value = machine[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const region = regionOf(definition, machine);
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...Object.fromEntries(inherited),
    ...definition.environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: context.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: context.functionVersion,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: context.memoryLimitInMB,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: context.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: context.logStreamName,
    LAMBDA_TASK_ROOT: definition.codeDirectory,
    _HANDLER: definition.handler,
  };
}

function regionOf(
  { environment }: Pick<FunctionDefinition, 'environment'>,
  machine: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return environment.AWS_REGION ?? machine.AWS_REGION ?? DEFAULT_REGION;
}
