import type { Documents } from '../../contract/document-names.ts';
import type { Log } from '../../log.ts';
import type { LocalFunctions } from '../function/local-functions.ts';
import { contractResponse } from './contract-api.ts';
import { invokeResponse, MAX_PAYLOAD_BYTES } from './invoke-api.ts';
import {
  jsonResponse,
  type LocalRequest,
  type LocalResponse,
  type LocalServer,
  startLocalServer,
} from './local-server.ts';
import { actionResponse, mappingsResponse, type ShownMapping, updateResponse } from './mapping-api.ts';

const NOT_FOUND = jsonResponse(404, { Type: 'User', Message: 'The resource you requested does not exist.' });

/**
 * Serves the operations of the AWS Lambda API that the local run has: Invoke, and those of the event source mappings. AWS
 * tools can use it with their endpoint URL. It serves the documents of the contract as well.
 *
 * @param options - `mappings`: called at each request, so that mappings that start later are included; `documents`: called
 *   at each request for one, undefined when there are none; `page`: answers requests that are for nothing else, and undefined
 *   for all others
 */
export async function startLambdaApi(
  listen: { host: string; port: number },
  {
    functions,
    mappings,
    documents = () => undefined,
    log,
    page = () => undefined,
  }: {
    functions: LocalFunctions;
    mappings: () => readonly ShownMapping[];
    documents?: () => Promise<Documents> | undefined;
    log: Log;
    page?: (request: LocalRequest) => Promise<LocalResponse> | undefined;
  },
): Promise<LocalServer> {
  return await startLocalServer(
    { ...listen, maxBodyBytes: MAX_PAYLOAD_BYTES, log },
    async (request) =>
      (await invokeResponse(request, functions, log)) ??
      (await mappingsResponse(request, mappings())) ??
      (await updateResponse(request, mappings())) ??
      (await actionResponse(request, mappings())) ??
      (await contractResponse(request, documents)) ??
      (await page(request)) ??
      NOT_FOUND,
  );
}
