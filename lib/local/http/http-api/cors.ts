import type { LocalRequest, LocalResponse } from '../local-server.ts';
import type { CorsRules } from './declaration.ts';

/** Whether the HTTP API may be called by web pages of this origin. */
export function allowsOrigin({ allowOrigins }: CorsRules, origin: string): boolean {
  return allowOrigins.some((allowed) => {
    if (allowed === '*' || allowed === origin) return true;
    // `https://*` and `http://*` stand for every origin of the scheme.
    return /^https?:\/\/\*$/.test(allowed) && origin.startsWith(allowed.slice(0, -1));
  });
}

/** Answers a preflight request as an HTTP API with CORS does, without the function; undefined for all others. */
export function preflightResponse(
  rules: CorsRules | undefined,
  request: LocalRequest,
): LocalResponse | undefined {
  const { method, headers } = request;
  const asks = headers.has('origin') && headers.has('access-control-request-method');
  if (rules === undefined || method !== 'OPTIONS' || !asks) return undefined;
  const maxAge = rules.maxAge === undefined ? {} : { 'access-control-max-age': String(rules.maxAge) };
  return {
    status: 204,
    headers: {
      ...corsHeaders(rules, headers.get('origin')),
      'access-control-allow-methods': rules.allowMethods.join(','),
      'access-control-allow-headers': rules.allowHeaders.join(',').toLowerCase(),
      ...maxAge,
    },
  };
}

/**
 * Replaces the CORS headers that a function has set by those of the declared rules.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html API Gateway Developer Guide, "Configure CORS for HTTP APIs"}
 */
export function withCors(
  response: LocalResponse,
  rules: CorsRules | undefined,
  origin: string | undefined,
): LocalResponse {
  if (rules === undefined) return response;
  const others = Object.entries(response.headers ?? {}).filter(
    ([name]) => !name.startsWith('access-control-'),
  );
  return { ...response, headers: { ...Object.fromEntries(others), ...corsHeaders(rules, origin) } };
}

function corsHeaders(rules: CorsRules, origin: string | undefined): Record<string, string> {
  if (origin === undefined || !allowsOrigin(rules, origin)) return {};
  const { allowOrigins, allowCredentials, exposeHeaders } = rules;
  return {
    'access-control-allow-origin': allowOrigins.includes('*') ? '*' : origin,
    ...(allowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(exposeHeaders.length > 0 && { 'access-control-expose-headers': exposeHeaders.join(',') }),
  };
}
