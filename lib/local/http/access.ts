import { isIP } from 'node:net';
import { abbreviated } from '../../errors.ts';

/** Names of this machine that every server of the local run answers to. */
const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** Addresses that stand for all interfaces: a server that listens there is meant to be reached under any address. */
const ANY_ADDRESS = ['0.0.0.0', '::'];

/** Media types that a web page may send to any origin without a preflight: Fetch Standard, "CORS-safelisted request-header". */
const SAFELISTED_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/** Which requests a server of the local run answers. */
export interface AccessRules {
  /** What the server listens on. */
  readonly host: string;
  /** Whether web pages of a foreign origin may call it; by default none may. */
  readonly acceptsOrigin?: (origin: string) => boolean;
}

/**
 * Says why a request is refused: its Host is not a name of this machine (DNS rebinding uses a foreign name that resolves to
 * it), or it comes from a web page of another machine.
 *
 * @returns undefined when it is answered
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110 RFC 9110, "Host", section 7.2}
 * @see {@link https://fetch.spec.whatwg.org/#origin-header Fetch Standard, "Origin header"}
 */
export function refusal(headers: ReadonlyMap<string, string>, rules: AccessRules): string | undefined {
  const host = headers.get('host') ?? '';
  const name = hostName(host);
  if (name === undefined || !isLocal(name, rules.host)) {
    return `The Host "${abbreviated(host)}" is not served; use localhost, or name it with --host`;
  }
  const origin = headers.get('origin');
  if (origin === undefined || isLocalOrigin(origin, rules.host) || rules.acceptsOrigin?.(origin))
    return undefined;
  return `The Origin "${abbreviated(origin)}" is not allowed; provider.httpApi.cors allows origins to call the HTTP API`;
}

/**
 * Says whether a request has something that a foreign web page cannot send without permission: a header of AWS tools, or a
 * content type other than those of forms. Permission is never given, because preflight requests are not answered.
 */
export function isFromTool(headers: ReadonlyMap<string, string>): boolean {
  const type = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type !== '' && !SAFELISTED_TYPES.includes(type)) return true;
  return [...headers.keys()].some((name) => name === 'authorization' || name.startsWith('x-amz-'));
}

function hostName(host: string): string | undefined {
  return /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
}

function isLocal(name: string, listening: string): boolean {
  if (LOCAL_NAMES.includes(name)) return true;
  const bare = name.replace(/^\[|\]$/g, '');
  return ANY_ADDRESS.includes(listening) ? isIP(bare) !== 0 : bare === listening.toLowerCase();
}

function isLocalOrigin(origin: string, listening: string): boolean {
  const host = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  const name = host === undefined ? undefined : hostName(host);
  return name !== undefined && isLocal(name, listening);
}
