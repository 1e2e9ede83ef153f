import { readFileSync } from 'node:fs';
import { runProgram } from '../../lib/build/run-program.ts';
import { asyncApi } from '../../lib/contract/asyncapi.ts';
import { type Contract, contractOf } from '../../lib/contract/contract.ts';
import { documentFile } from '../../lib/contract/documents.ts';
import { openApi } from '../../lib/contract/openapi.ts';
import { serviceConfiguration } from '../../lib/contract/service-configuration.ts';
import { everyKeyword } from '../support/every-keyword.ts';
import { installPackages } from '../support/subprocess.ts';

/** Severity of a diagnosis that makes a document invalid: Spectral, "DiagnosticSeverity". */
const ERROR = 0;

/** What the OpenAPI validator finds wrong. */
async function openApiErrors(document: unknown): Promise<string[]> {
  const { Validator } = await import('@seriousme/openapi-schema-validator');
  const validator = new Validator();
  const { valid, errors } = await validator.validate(Object(document));
  if (valid && validator.version === '3.1') return [];
  return [`OpenAPI ${validator.version}: ${JSON.stringify(errors)}`];
}

/** What the AsyncAPI parser finds wrong. */
async function asyncApiErrors(text: string): Promise<string[]> {
  const { Parser } = await import('@asyncapi/parser');
  const { document, diagnostics } = await new Parser().parse(text);
  const errors = diagnostics
    .filter(({ severity }) => severity === ERROR)
    .map(({ path, message }) => `AsyncAPI ${path.join('/')}: ${message}`);
  return document?.version() === '3.0.0' ? errors : [...errors, 'AsyncAPI: not a document of version 3.0.0'];
}

/** `npm run test:contract`: the official parsers read the documents of the contract. */
async function main(): Promise<void> {
  // One of the parsers has a script that reports its use; it does not run.
  installPackages('test/contract');
  const contract = async (...eventTypes: Parameters<typeof contractOf>[0]): Promise<Contract> =>
    contractOf(eventTypes, await serviceConfiguration());
  const written = (of: Contract) => [JSON.stringify(openApi(of)), JSON.stringify(asyncApi(of))] as const;
  const documents = {
    'as committed': [
      readFileSync(documentFile('openapi.json'), 'utf8'),
      readFileSync(documentFile('asyncapi.json'), 'utf8'),
    ],
    'without event types': written(await contract()),
    'with every keyword': written(await contract(everyKeyword)),
  } as const;
  for (const [name, [openApiText, asyncApiText]] of Object.entries(documents)) {
    const errors = [
      ...(await openApiErrors(JSON.parse(openApiText))),
      ...(await asyncApiErrors(asyncApiText)),
    ];
    process.stdout.write(`${name}: ${errors.length === 0 ? 'valid' : errors.join('\n')}\n`);
    if (errors.length > 0) process.exitCode = 1;
  }
}

runProgram(main);
