import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Serverless } from '../../build/framework.ts';
import { replaceFile } from '../../replace-file.ts';
import { BUNDLE_FOLDER } from './function-build.ts';

/**
 * Has the framework check serverless.yml only when it differs from the last one that passed: the check loads 9 MB of
 * generated code, a fifth of a start.
 */
export function checkWhatChanged({
  configSchemaHandler: handler,
  service,
  serviceDir,
  version,
}: Serverless): void {
  const check = handler.validateConfig.bind(handler);
  const passedFile = join(serviceDir, BUNDLE_FOLDER, 'checked-configuration');
  handler.validateConfig = async (configuration) => {
    const before = JSON.stringify(configuration);
    const hash = createHash('sha256');
    // The schema as the plugins have completed it; the check itself then replaces its references.
    for (const text of [version, JSON.stringify(handler.schema), before]) hash.update(`${text}\n`);
    const digest = hash.digest('hex');
    if (contentOf(passedFile) === digest) return;
    await check(configuration);
    // A check that only warns says so at each start, and one that replaces a text by its number has to do it again.
    const isUnchanged = isDeepStrictEqual(JSON.parse(JSON.stringify(configuration)), JSON.parse(before));
    if (service.configValidationMode !== 'error' || !isUnchanged) return;
    mkdirSync(dirname(passedFile), { recursive: true });
    replaceFile(passedFile, digest);
  };
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
