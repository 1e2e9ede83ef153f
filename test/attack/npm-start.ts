import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { withAdmin } from '../../lib/kafka/client/admin.ts';
import { connectionOptions } from '../../lib/kafka/client/connection.ts';
import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { createLog } from '../../lib/log.ts';
import { mskEvent } from '../../lib/testing/msk-event.ts';
import { message } from '../support/message.ts';
import { httpText, rawRequest } from '../support/raw-http.ts';
import type { Attack } from './attack.ts';
import { NpmStart } from './npm-start-process.ts';

const ROUNDS = 10;
const CONSUME_DEADLINE_MS = 60_000;
/** What is cut off must be noticed before the next request. */
const CUT_AFTER_MS = 5;

const targets = [
  '//',
  '//a',
  '///',
  '/\\',
  '//[',
  '//%',
  '/%ff',
  '*',
  '?',
  'http://[',
  'http://a:b:c/',
  '\\',
];
const event = { type: 'message.posted', data: { id: 1, message: 'of a foreign page', timestamp: 1 } };
/** What a web page of somebody else, or one that has a name of this machine, can send without being asked first. */
const foreign = [
  { origin: 'https://evil.example', 'content-type': 'text/plain' },
  { origin: 'null', 'content-type': 'text/plain' },
  { host: 'evil.example', 'content-type': 'application/json' },
  { host: 'evil.example', origin: 'http://evil.example', 'content-type': 'text/plain' },
];
const calls = [
  ['/2015-03-31/functions/consume/invocations', mskEvent([{ value: message(1) }])],
  ['/2015-03-31/functions/publish/invocations', { version: '2.0', rawPath: '/events', body: event }],
  ['/2015-03-31/functions/topics/invocations', { operation: 'delete', topics: [{ name: 'events' }] }],
  [
    '/2015-03-31/functions/provision/invocations',
    { RequestType: 'Delete', ResponseURL: 'http://localhost/' },
  ],
  ['/events', event],
] as const;

/** Everything hostile at once, to all ports of a real `npm start`. */
export const npmStart: Attack = {
  name: 'npm-start',
  property:
    'npm start lives, keeps its topics, and runs nothing for a foreign page, whatever its ports are sent',
  async run(ground) {
    const service = await NpmStart.start(ground);
    const { httpPort, lambdaPort, mappingPort, kafkaPort } = service;
    const httpPorts = [httpPort, lambdaPort, mappingPort];
    const { random } = ground;
    let sent = 0;
    const ask = async (port: number, request: Buffer) => {
      sent++;
      const { status } = await rawRequest(port, request);
      service.expectAlive();
      if (status >= 500) {
        throw new Error(`${status} for ${JSON.stringify(request.toString('latin1').slice(0, 300))}`);
      }
      return status;
    };
    const hostileTargets = async () => {
      for (const target of targets) {
        for (const port of httpPorts) await ask(port, httpText('GET', target));
      }
    };
    const foreignPages = async () => {
      for (const headers of foreign) {
        for (const [target, body] of calls) {
          for (const port of httpPorts) {
            const status = await ask(port, httpText('POST', target, headers, JSON.stringify(body)));
            if (status < 400) throw new Error(`${status} for ${JSON.stringify(headers)} to ${target}`);
          }
        }
      }
    };
    const asynchronousGarbage = async () => {
      for (const body of ['garbage', '{', '\xff', '[', '"']) {
        const headers = { 'x-amz-invocation-type': 'Event', 'content-type': 'application/json' };
        await ask(lambdaPort, httpText('POST', '/2015-03-31/functions/consume/invocations', headers, body));
      }
    };
    const cutOff = async () => {
      for (const port of [...httpPorts, kafkaPort]) {
        const whole = httpText('POST', '/events', {}, JSON.stringify(event));
        const socket = connect(port, '127.0.0.1').on('error', () => {});
        socket.write(whole.subarray(0, random.integer(1, whole.length - 1)));
        await pause(CUT_AFTER_MS);
        socket.resetAndDestroy();
        sent++;
      }
    };
    const kafkaGarbage = async () => {
      const socket = connect(kafkaPort, '127.0.0.1').on('error', () => {});
      socket.write(Buffer.from(Array.from({ length: 4_096 }, () => random.integer(0, 255))));
      await pause(CUT_AFTER_MS);
      socket.destroy();
      sent++;
    };
    await Promise.all(
      [hostileTargets, foreignPages, asynchronousGarbage, cutOff, kafkaGarbage].map(async (attack) => {
        for (let round = 0; round < ROUNDS; round++) await attack();
      }),
    );

    const status = await ask(
      httpPort,
      httpText('POST', '/events', { 'content-type': 'application/json' }, JSON.stringify(event)),
    );
    if (status !== 202) throw new Error(`a post is answered ${status} afterwards`);
    await service.until('consuming', () => service.consumed > 0, CONSUME_DEADLINE_MS);
    if (service.consumed !== 1)
      throw new Error(`${service.consumed - 1} events of foreign pages were consumed`);
    const log = createLog({ write: () => {} });
    const kafka = kafkaConfiguration({ KAFKA_BROKERS: `127.0.0.1:${kafkaPort}` });
    const topics = await withAdmin(await connectionOptions(kafka), log, (admin) => admin.listTopics());
    if (!topics.includes('events') || !topics.includes('events.dlq')) throw new Error(`topics are ${topics}`);
    return `${sent} requests`;
  },
};
