import type { Route } from './declaration.ts';

/** A route that takes a request, with what its variables stand for. */
export interface RouteMatch {
  readonly route: Route;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** A segment as text is closer than a variable, which is closer than a greedy one. */
const CLOSENESS = { text: 2, variable: 1, greedy: 0 } as const;

/**
 * Finds the route that takes a request: the closest path, then the method itself before `ANY`, and `$default` at last.
 *
 * @param path - still encoded
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html API Gateway Developer Guide, "Routing API requests"}
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  const given = path.slice(1).split('/');
  const matches = routes.flatMap((route) => {
    if (route.method !== 'ANY' && route.method !== method) return [];
    const pathParameters = matchSegments(route.segments, given);
    return pathParameters === undefined ? [] : [{ route, pathParameters }];
  });
  return matches.sort((a, b) => closeness(b.route).localeCompare(closeness(a.route)))[0];
}

function matchSegments(
  segments: readonly string[] | undefined,
  given: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  if (segments === undefined) return parameters;
  for (const [index, segment] of segments.entries()) {
    const kind = kindOf(segment);
    if (kind === 'text') {
      if (given[index] !== segment) return undefined;
      continue;
    }
    const value = kind === 'greedy' ? given.slice(index).join('/') : given[index];
    if (!value) return undefined;
    parameters[segment.replace(/^\{|\+?\}$/g, '')] = decodeURIComponent(value);
    if (kind === 'greedy') return parameters;
  }
  return segments.length === given.length ? parameters : undefined;
}

function kindOf(segment: string): keyof typeof CLOSENESS {
  if (!/^\{.+\}$/.test(segment)) return 'text';
  return segment.endsWith('+}') ? 'greedy' : 'variable';
}

/** A sort key: a closer route has a greater key. */
function closeness({ segments, method }: Route): string {
  if (segments === undefined) return '';
  const path = segments.map((segment) => CLOSENESS[kindOf(segment)]).join('');
  return `1${path}.${method === 'ANY' ? 0 : 1}`;
}
