import type { Log } from '../../log.ts';
import type { LocalFunctions } from '../function/local-functions.ts';
import { invokeResponse, MAX_PAYLOAD_BYTES } from './invoke-api.ts';
import {
  jsonResponse,
  type LocalRequest,
  type LocalResponse,
  type LocalServer,
  startLocalServer,
} from './local-server.ts';
import { actionResponse, mappingsResponse, type ShownMapping } from './mapping-api.ts';

const NOT_FOUND = jsonResponse(404, { Type: 'User', Message: 'The resource you requested does not exist.' });

/**
 * Serves the operations of the AWS Lambda API that the local run has: Invoke, and those of the event source mappings. AWS
 * tools can use it with their endpoint URL.
 *
 * @param options - `mappings`: called at each request, so that mappings that start later are included; `page`: answers
 *   requests that are not for the API of AWS, and undefined for all others
 */
export async function startLambdaApi(
  listen: { host: string; port: number },
  {
    functions,
    mappings,
    log,
    page = () => undefined,
  }: {
    functions: LocalFunctions;
    mappings: () => readonly ShownMapping[];
    log: Log;
    page?: (request: LocalRequest) => Promise<LocalResponse> | undefined;
  },
): Promise<LocalServer> {
  return await startLocalServer(
    { ...listen, maxBodyBytes: MAX_PAYLOAD_BYTES, log },
    async (request) =>
      (await invokeResponse(request, functions, log)) ??
      (await mappingsResponse(request, mappings())) ??
      (await actionResponse(request, mappings())) ??
      (await page(request)) ??
      NOT_FOUND,
  );
}
