import { ErrorCode } from '../../../kafka/error-codes.ts';
import { array, int16, int32, nullableString, since, string, struct, throttleTime } from '../wire/schema.ts';
import { type Api, defineApi } from './api.ts';

export const API_VERSIONS_KEY = 18;

/** An API and its versions, as clients choose from. */
export interface OfferedApi {
  readonly key: number;
  readonly versions: readonly [number, number];
}

const response = struct({
  errorCode: int16,
  apis: array(struct({ key: int16, minVersion: int16, maxVersion: int16 })),
  throttleTimeMs: since(1, throttleTime, 0),
});

/** ApiVersions: what `offered` returns, and itself. */
export function apiVersionsOf(offered: () => readonly OfferedApi[]): Api {
  const list = () =>
    offered().map(({ key, versions: [minVersion, maxVersion] }) => ({ key, minVersion, maxVersion }));
  return defineApi({
    key: API_VERSIONS_KEY,
    name: 'ApiVersions',
    versions: [0, 5],
    flexibleFrom: 3,
    request: struct({
      clientSoftwareName: since(3, string, ''),
      clientSoftwareVersion: since(3, string, ''),
      clusterId: since(5, nullableString, null),
      nodeId: since(5, int32, -1),
    }),
    response,
    handle: () => ({ errorCode: ErrorCode.NONE, apis: list() }),
    failed: (_, errorCode) => ({ errorCode, apis: list() }),
  });
}
