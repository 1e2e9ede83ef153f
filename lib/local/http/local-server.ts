import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../../log.ts';
import { type AccessRules, refusal } from './access.ts';

/** Most bytes of request line and headers that are read; an API may allow fewer. */
const MAX_HEADER_BYTES = 65_536;
/** A body that is too large is answered when this much of it has come, so that the client can read the response. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/** A whole HTTP request. */
export interface LocalRequest {
  readonly method: string;
  /** As on the request line, still encoded; empty when the request line has none. */
  readonly path: string;
  /** Without the question mark, still encoded. */
  readonly query: string;
  /** `HTTP/1.1`. */
  readonly protocol: string;
  /** Names in lower case; the values of a name that occurs more than once are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Empty when it is larger than the API takes; see `bodyTooLarge`. */
  readonly body: Buffer;
  readonly bodyTooLarge: boolean;
  readonly sourceIp: string;
  /** That the request came in at. */
  readonly port: number;
}

export interface LocalResponse {
  readonly status: number;
  /** A list is written as one header each. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** In place of a body: writes it bit by bit, and ends it. */
  readonly stream?: (outgoing: ServerResponse) => void;
}

/** Answers one request. */
export type LocalHandler = (request: LocalRequest) => Promise<LocalResponse>;

/** A listening HTTP server. */
export interface LocalServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface LocalServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Largest request body, in bytes. */
  readonly maxBodyBytes: number;
  readonly access?: Omit<AccessRules, 'host'>;
  readonly log: Pick<Log, 'error'>;
}

/**
 * Starts an HTTP server of the local run. It answers only requests that name this machine and do not come from a foreign
 * web page; an error of one request is answered with 500 and ends nothing else.
 *
 * @throws Error when the port cannot be listened on
 */
export async function startLocalServer(
  { host, port, maxBodyBytes, access, log }: LocalServerOptions,
  handler: LocalHandler,
): Promise<LocalServer> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, outgoing) => {
    // A client that disconnects is not an error.
    incoming.on('error', () => {});
    outgoing.on('error', () => {});
    respond(incoming, handler, { maxBodyBytes, rules: { ...access, host } })
      .then((response) => send(outgoing, response, incoming.method === 'HEAD'))
      .catch((error: unknown) => {
        if (incoming.destroyed && !incoming.complete) return;
        log.error('request failed', { method: incoming.method, target: incoming.url, error });
        if (outgoing.headersSent) outgoing.destroy();
        else send(outgoing, jsonResponse(500, { message: 'Internal Server Error' }), false);
      });
  });
  server.listen({ host, port });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** A response with a JSON body. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): LocalResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

async function respond(
  incoming: IncomingMessage,
  handler: LocalHandler,
  { maxBodyBytes, rules }: { maxBodyBytes: number; rules: AccessRules },
): Promise<LocalResponse> {
  const headers = headersOf(incoming.rawHeaders);
  const refused = refusal(headers, rules);
  const body = await readBody(incoming, maxBodyBytes);
  if (refused !== undefined) return jsonResponse(403, { message: refused });
  return await handler({
    method: incoming.method ?? '',
    ...splitTarget(incoming.url ?? ''),
    protocol: `HTTP/${incoming.httpVersion}`,
    headers,
    body: body ?? Buffer.alloc(0),
    bodyTooLarge: body === undefined,
    sourceIp: (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    port: incoming.socket.localPort ?? 0,
  });
}

function headersOf(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = textOf(rawHeaders[at + 1] ?? '');
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ','}${value}`);
  }
  return headers;
}

/** Node.js passes each byte of a header as one character; clients send UTF-8. */
function textOf(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/** RFC 9112, section 3.2: a request to a proxy has a whole URL. */
function splitTarget(target: string): { path: string; query: string } {
  const [, path = '', query = ''] = /^(?:https?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/i.exec(target) ?? [];
  return { path: path === '' && /^https?:/i.test(target) ? '/' : path, query };
}

/** The body, or undefined when it is larger than allowed. */
function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    if (Number(incoming.headers['content-length'] ?? 0) > MAX_DISCARDED_BYTES) return resolve(undefined);
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (bytes > MAX_DISCARDED_BYTES) resolve(undefined);
    });
    incoming.on('end', () => resolve(bytes > maxBytes ? undefined : Buffer.concat(chunks)));
    incoming.on('error', reject);
  });
}

function send(
  outgoing: ServerResponse,
  { status, headers, body = '', stream }: LocalResponse,
  isHead: boolean,
): void {
  const written: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    written[name] = typeof value === 'string' ? latin1(value) : value.map(latin1);
  }
  if (status === 204 || status === 304) {
    outgoing.writeHead(status, written).end();
    return;
  }
  if (stream !== undefined && !isHead) {
    outgoing.writeHead(status, written).flushHeaders();
    stream(outgoing);
    return;
  }
  outgoing.writeHead(status, { ...written, 'content-length': Buffer.byteLength(body) });
  // Node.js writes the headers and a text at once, and bytes apart from them.
  outgoing.end(isHead ? undefined : body);
}

/** The reverse of textOf(). */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
