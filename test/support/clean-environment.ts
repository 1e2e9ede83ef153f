/**
 * Variables that change what this project, the AWS SDK or a shell does (bash warns of a locale that is not installed); not
 * those of tests, such as TEST_KAFKA_BROKERS.
 */
const SETTINGS =
  /^(AWS_|KAFKA_|MSK_|IDEMPOTENCY_|LOG_|LC_|LANG$|(HTTP|LAMBDA|MAPPING)_PORT$|REPORT_BATCH_ITEM_FAILURES$)/;

/**
 * Makes tests the same in any shell, before the first of them: an AWS_PROFILE is nothing to a test that sets its own, and
 * paths begin at the root of the project.
 */
export default function cleanEnvironment({ rootDir }: { readonly rootDir: string }): void {
  for (const name of Object.keys(process.env)) if (SETTINGS.test(name)) delete process.env[name];
  process.chdir(rootDir);
}
