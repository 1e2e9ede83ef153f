import { UserError } from '../../../errors.ts';
import { isJsonObject } from '../../../json.ts';

/** Longest an HTTP API waits for an integration: API Gateway Developer Guide, "Quotas for HTTP APIs". */
const MAX_INTEGRATION_MS = 30_000;
/** What the Serverless Framework adds to the timeout of a function for the timeout of its integration. */
const INTEGRATION_MARGIN_MS = 500;

/** Methods that `ANY` stands for. */
const ANY = 'ANY';

/** A route of the HTTP API and the function behind it. */
export interface Route {
  /** `POST /events`, `ANY /things/{id}` or `$default`. */
  readonly key: string;
  /** In capitals; `ANY` for all. */
  readonly method: string;
  /** The parts of the path; absent for `$default`, which takes all requests that no other route takes. */
  readonly segments: readonly string[] | undefined;
  readonly functionName: string;
  /** Kind of the authorizer in front of it, for example `iam`. */
  readonly authorizer: string | undefined;
}

/** Which web pages may call the HTTP API. */
export interface CorsRules {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Seconds. */
  readonly maxAge: number | undefined;
}

/** The HTTP API of a service, as its `httpApi` events and `provider.httpApi` declare it. */
export interface HttpApiDeclaration {
  readonly routes: readonly Route[];
  readonly cors: CorsRules | undefined;
}

/** What is read of a service. */
interface DeclaringService {
  readonly provider: Readonly<Record<string, unknown>>;
  readonly functions: Readonly<Record<string, { readonly events?: unknown; readonly httpApi?: unknown }>>;
}

/** `httpApi` events that cannot be run locally. */
export class HttpApiError extends UserError {
  override readonly name = 'HttpApiError';
}

/** What `cors: true` allows, as the Serverless Framework deploys it. */
const DEFAULT_HEADERS = [
  'Content-Type',
  'X-Amz-Date',
  'Authorization',
  'X-Api-Key',
  'X-Amz-Security-Token',
  'X-Amz-User-Agent',
  'X-Amzn-Trace-Id',
];

/**
 * Reads the `httpApi` events of a service, which the framework has checked.
 *
 * @throws HttpApiError when functions get payload format 1.0, which is not built locally
 */
export function parseHttpApi({ provider, functions }: DeclaringService): HttpApiDeclaration {
  const httpApi = isJsonObject(provider.httpApi) ? provider.httpApi : {};
  const kinds = isJsonObject(httpApi.authorizers) ? httpApi.authorizers : {};
  const routes = Object.entries(functions).flatMap(([functionName, { events, httpApi: own }]) => {
    const declared = (Array.isArray(events) ? events : []).flatMap((event: unknown) =>
      isJsonObject(event) && event.httpApi ? [event.httpApi] : [],
    );
    const payload = (isJsonObject(own) ? own.payload : undefined) ?? httpApi.payload ?? '2.0';
    if (declared.length > 0 && String(payload) !== '2.0') {
      throw new HttpApiError([
        `${functionName}: the local HTTP API builds payload format 2.0 only; set payload: '2.0'`,
      ]);
    }
    return declared.map((event) => route(event, functionName, kinds));
  });
  return { routes, cors: corsRules(httpApi.cors, routes) };
}

/** How long the HTTP API waits for a function with this timeout, in milliseconds. */
export function integrationTimeoutMs(functionTimeoutMs: number): number {
  return Math.min(functionTimeoutMs + INTEGRATION_MARGIN_MS, MAX_INTEGRATION_MS);
}

function route(event: unknown, functionName: string, authorizers: Readonly<Record<string, unknown>>): Route {
  const { method = '', path = '', authorizer } = isJsonObject(event) ? event : parseShort(String(event));
  const verb = String(method).toUpperCase().replace(/^\*$/, ANY);
  const location = String(path);
  const kind = authorizerKind(authorizer, authorizers);
  if (location === '*' || location === '') {
    return { key: '$default', method: ANY, segments: undefined, functionName, authorizer: kind };
  }
  const whole = location.startsWith('/') ? location : `/${location}`;
  const segments = whole.slice(1).split('/');
  return { key: `${verb} ${whole}`, method: verb, segments, functionName, authorizer: kind };
}

function parseShort(text: string): { method?: string; path?: string; authorizer?: undefined } {
  const [method, path] = text.trim().split(/\s+/);
  return path === undefined ? {} : { ...(method !== undefined && { method }), path };
}

function authorizerKind(
  authorizer: unknown,
  authorizers: Readonly<Record<string, unknown>>,
): string | undefined {
  if (authorizer === undefined || authorizer === null) return undefined;
  const { type, name, id } = isJsonObject(authorizer) ? authorizer : { name: authorizer };
  const declared = authorizers[String(name ?? id)];
  return String(type ?? (isJsonObject(declared) ? (declared.type ?? 'jwt') : (name ?? 'jwt')));
}

function corsRules(cors: unknown, routes: readonly Route[]): CorsRules | undefined {
  if (cors !== true && !isJsonObject(cors)) return undefined;
  const own = isJsonObject(cors) ? cors : {};
  const methods = routes.flatMap(({ method }) => (method === ANY ? ['*'] : [method]));
  return {
    allowOrigins: list(own.allowedOrigins) ?? ['*'],
    allowMethods: list(own.allowedMethods) ?? [...new Set(['OPTIONS', ...methods])],
    allowHeaders: list(own.allowedHeaders) ?? DEFAULT_HEADERS,
    exposeHeaders: list(own.exposedResponseHeaders) ?? [],
    allowCredentials: own.allowCredentials === true,
    maxAge: typeof own.maxAge === 'number' ? own.maxAge : undefined,
  };
}

function list(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return [value].flat().map(String);
}
