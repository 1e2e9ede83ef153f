import { parseHttpApi } from '../../lib/local/http/http-api/declaration.ts';
import { createHttpApi, MAX_REQUEST_BYTES } from '../../lib/local/http/http-api/http-api.ts';
import { startLambdaApi } from '../../lib/local/http/lambda-api.ts';
import { startLocalServer } from '../../lib/local/http/local-server.ts';
import { createLog } from '../../lib/log.ts';
import { fixtureFunctions } from '../support/fixture-functions.ts';
import { httpText, rawRequest } from '../support/raw-http.ts';
import type { Attack } from './attack.ts';

const REQUESTS = 400;
const host = '127.0.0.1';
const json = { 'content-type': 'application/json' };

const methods = ['GET', 'POST', 'PUT', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'];
const targets = [
  '/',
  '//',
  '//a',
  '/%',
  '/%ff',
  '/%00',
  '/%2f%2e%2e',
  '*',
  '?',
  '/?%',
  'http://[',
  'http://localhost',
  '\\',
  '/2015-03-31/functions/echo/invocations',
  '/2015-03-31/functions/%/invocations',
  '/2015-03-31/event-source-mappings/a/skip?partition=-1',
  `/${'a'.repeat(20_000)}`,
];
const hosts = ['localhost', 'a:b:c', '', '[', '[::1', 'localhost:99999999', 'evil.example', '\xff'];
const origins = ['null', 'https://evil.example', 'http://', '\xff', 'http://localhost:1'];
const types = ['application/json', 'text/plain', ';;;', '\xff'];
const bodies = ['', '{', '{}', '\xe9', '"\ud800"', '['.repeat(100_000)];

/** Hostile HTTP to the ports of the local run. */
export const http: Attack = {
  name: 'http',
  property: 'no request to a local port ends the process, nor is answered 5xx',
  async run(ground) {
    const log = createLog({ write: () => {} });
    const { functions, remove } = fixtureFunctions({ echo: 'async () => 1' });
    ground.after(remove);
    const declaration = parseHttpApi({
      provider: { name: 'aws' },
      functions: { echo: { events: [{ httpApi: '*' }] } },
    });
    const api = await startLocalServer(
      { host, port: 0, maxBodyBytes: MAX_REQUEST_BYTES, log },
      createHttpApi(declaration, functions, log),
    );
    ground.after(() => api.close());
    const lambda = await startLambdaApi({ host, port: 0 }, { functions, mappings: () => [], log });
    ground.after(() => lambda.close());

    const { random } = ground;
    for (let sent = 0; sent < REQUESTS; sent += 1) {
      const { port } = random.pick([api, lambda]);
      const headers = {
        host: random.pick(hosts),
        ...(random.chance(0.5) && { origin: random.pick(origins) }),
        ...(random.chance(0.8) && { 'content-type': random.pick(types) }),
      };
      const request = httpText(random.pick(methods), random.pick(targets), headers, random.pick(bodies));
      const { status } = await rawRequest(port, request);
      if (status === 0 || status >= 500) {
        throw new Error(`answered ${status} to ${JSON.stringify(request.toString('latin1').slice(0, 300))}`);
      }
    }
    const target = '/2015-03-31/functions/echo/invocations';
    const { body } = await rawRequest(lambda.port, httpText('POST', target, json, '{}'));
    if (body !== '1') throw new Error(`the Lambda API no longer answers: ${body}`);
    return `${REQUESTS} requests`;
  },
};
