import { type DocumentName, type Documents, documentNames } from '../../contract/document-names.ts';
import { errorMessage } from '../../errors.ts';
import { jsonResponse, type LocalRequest, type LocalResponse } from './local-server.ts';

/**
 * Answers `GET /openapi.json` and `GET /asyncapi.json` with the contract of the service; undefined for all other requests.
 *
 * @param documents - called at each such request; undefined when the service has no event types
 */
export async function contractResponse(
  { method, path }: LocalRequest,
  documents: () => Promise<Documents> | undefined,
): Promise<LocalResponse | undefined> {
  const name = documentNames.find((each): each is DocumentName => path === `/${each}`);
  if (name === undefined || (method !== 'GET' && method !== 'HEAD')) return undefined;
  try {
    const texts = await documents();
    if (texts === undefined) return undefined;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: texts[name] };
  } catch (error) {
    return jsonResponse(500, { Type: 'Service', Message: errorMessage(error) });
  }
}
