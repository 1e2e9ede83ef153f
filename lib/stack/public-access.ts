import { isJsonObject } from '../json.ts';
import type { ServiceFunctions } from './service-functions.ts';

/**
 * Ways into functions that are open to everyone, besides the HTTP API, which `auth` closes: URLs of functions and routes of a
 * REST API.
 *
 * @returns one sentence for each
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html AWS Lambda Developer Guide, "Control access to Lambda function URLs"}
 */
export function publicAccess(functions: ServiceFunctions): string[] {
  return Object.entries(functions).flatMap(([name, { url, events }]) => [
    ...(url && !isClosed(url) ? [refused(`functions.${name}.url`, 'authorizer: aws_iam')] : []),
    ...[events].flat().flatMap((event) => {
      const http = isJsonObject(event) ? event.http : undefined;
      return http && !isClosed(http) ? [refused(`functions.${name}.events.http`, 'an authorizer')] : [];
    }),
  ]);
}

function isClosed(door: unknown): boolean {
  return isJsonObject(door) && (Boolean(door.authorizer) || door.private === true);
}

function refused(path: string, fix: string): string {
  return `${path}: is open to everyone, which is refused for production: give ${fix}`;
}
