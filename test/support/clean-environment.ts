/** Variables that change what this project or the AWS SDK does; not those of tests, such as TEST_KAFKA_BROKERS. */
const SETTINGS =
  /^(AWS_|KAFKA_|MSK_|IDEMPOTENCY_|LOG_|(HTTP|LAMBDA|MAPPING)_PORT$|REPORT_BATCH_ITEM_FAILURES$)/;

/** Takes the settings of the shell away before any test, so that an AWS_PROFILE, say, is nothing to a test that sets its own. */
export default function cleanEnvironment(): void {
  for (const name of Object.keys(process.env)) if (SETTINGS.test(name)) delete process.env[name];
}
