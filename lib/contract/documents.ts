import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../replace-file.ts';
import { asyncApi } from './asyncapi.ts';
import { readContract } from './contract.ts';
import { type DocumentName, type Documents, documentNames } from './document-names.ts';
import { openApi } from './openapi.ts';

/**
 * Writes the contract of the service, as it is on disk now, as OpenAPI and AsyncAPI documents.
 *
 * @throws UserError when event types or serverless.yml cannot be read
 */
export async function contractDocuments(): Promise<Documents> {
  const contract = await readContract();
  const text = (document: object) => `${JSON.stringify(document, undefined, 2)}\n`;
  return { 'openapi.json': text(openApi(contract)), 'asyncapi.json': text(asyncApi(contract)) };
}

/** Where a document is committed, relative to the root of the project. */
export function documentFile(name: DocumentName): string {
  return path.join('lib', 'contract', name);
}

/**
 * Brings the committed documents up to date.
 *
 * @returns the files that were written
 * @throws UserError when event types or serverless.yml cannot be read
 */
export async function refreshDocuments(): Promise<string[]> {
  const stale = await staleDocuments();
  for (const [file, text] of stale) replaceFile(file, text);
  return stale.map(([file]) => file);
}

/** The files of the documents that differ from the contract, with the text that they should have. */
export async function staleDocuments(): Promise<[file: string, text: string][]> {
  const documents = await contractDocuments();
  const compared = documentNames.map(async (name): Promise<[string, string][]> => {
    const file = documentFile(name);
    const committed = await readFile(file, 'utf8').catch(() => '');
    return committed === documents[name] ? [] : [[file, documents[name]]];
  });
  return (await Promise.all(compared)).flat();
}
