import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionDefinition } from '../../lib/local/function/function-definition.ts';
import { LocalFunctions } from '../../lib/local/function/local-functions.ts';

/** Functions made of the source of their handlers, in a folder of their own. */
export function fixtureFunctions(
  handlers: Readonly<Record<string, string>>,
  changes: Partial<FunctionDefinition> = {},
): { functions: LocalFunctions; remove: () => Promise<void> } {
  const codeDirectory = mkdtempSync(join(tmpdir(), 'fixture-functions-'));
  const definitions = new Map<string, FunctionDefinition>();
  for (const [name, source] of Object.entries(handlers)) {
    writeFileSync(join(codeDirectory, `${name}.js`), `exports.handler = ${source};\n`);
    definitions.set(name, {
      name: `service-dev-${name}`,
      handler: `${name}.handler`,
      codeDirectory,
      timeoutMs: 30_000,
      memorySize: 256,
      environment: {},
      ...changes,
    });
  }
  const output = { stdout: () => {}, stderr: () => {} };
  const functions = new LocalFunctions(definitions, { output });
  return {
    functions,
    remove: async () => {
      await functions.close();
      rmSync(codeDirectory, { recursive: true, force: true });
    },
  };
}
