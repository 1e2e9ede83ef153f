import { decodeBase64 } from '../../base64.ts';
import { UserError } from '../../errors.ts';
import { openProducer } from '../../kafka/producer/open-producer.ts';
import type { RecordHeader } from '../../kafka/record.ts';
import type { FunctionFaultKind } from '../function/function-faults.ts';
import type { LocalRequest } from '../http/local-server.ts';
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts';
import type { ConsoleOptions } from './console-options.ts';
import { showLetter } from './dead-letters.ts';
import type { FaultControls } from './fault-controls.ts';
import type { Replays } from './replays.ts';

/** Something that the page can ask to be done. */
export interface Action {
  /** Whether it changes anything on the cluster. */
  readonly changes: boolean;
  /** @throws Error when it cannot be done */
  readonly run: (body: Readonly<Record<string, unknown>>) => Promise<unknown>;
}

const SEND_MS = 10_000;
const MAX_TIMES = 1_000;
const MAX_DELAY_MS = 900_000;
const MAX_BROKER_SECONDS = 60;
const kinds: readonly FunctionFaultKind[] = ['fail', 'delay', 'crash'];

/** The actions by the path that the page asks for them at. */
export function consoleActions(
  options: ConsoleOptions & { readonly faults: FaultControls; readonly replays: Replays },
): ReadonlyMap<string, Action> {
  const { functions, mappings, faults, replays, catalogue, kafka, log } = options;
  const mappingIn = (body: Body): EventSourceMapping => {
    const found = mappings().find(({ uuid }) => uuid === body.mapping);
    if (found === undefined) throw new UserError(['There is no such mapping']);
    return found;
  };
  const functionIn = ({ functionName }: Body): string => {
    const found = functions.names.find((name) => name === functionName);
    if (found === undefined) throw new UserError(['There is no such function']);
    return found;
  };
  const actions: Readonly<Record<string, Action>> = {
    publish: { changes: true, run: (body) => publish(body, options) },
    poison: {
      changes: true,
      run: async (body) => {
        const type = text(body, 'type');
        const known = options.describe().eventTypes.find((each) => each.type === type);
        if (known === undefined) throw new UserError([`There is no event type ${type}`]);
        const producer = openProducer(kafka, log);
        try {
          const [delivery] = await producer.send(
            [{ topic: known.topic, key: null, value: Buffer.from('{"broken": '), headers: headersOf(type) }],
            Date.now() + SEND_MS,
          );
          if (delivery?.status !== 'delivered') throw delivery?.error ?? new Error('The record was not sent');
          return { place: `${known.topic}/${delivery.partition}/${delivery.offset}` };
        } finally {
          await producer.disconnect();
        }
      },
    },
    replay: {
      changes: true,
      run: async (body) => {
        const { coordinates, value, base64 } = body;
        if (!Array.isArray(coordinates)) throw new UserError(['Name the dead letters as coordinates']);
        replays.start({
          topic: text(body, 'topic'),
          coordinates: coordinates.map(String),
          edited: editedValue(value, base64),
        });
      },
    },
    reveal: {
      changes: false,
      run: (body) =>
        showLetter(text(body, 'at'), true, { kafka, catalogue, log, topics: options.letterTopics }),
    },
    skip: {
      changes: true,
      run: async (body) => {
        const partition = number(body, 'partition', 0, Number.MAX_SAFE_INTEGER);
        const skipped = mappingIn(body).skip(partition);
        if (skipped === undefined) throw new UserError([`Partition ${partition} has no open record to skip`]);
        return skipped;
      },
    },
    reset: {
      changes: true,
      run: async (body) => {
        const { position } = body;
        if (position !== 'earliest' && position !== 'latest') {
          throw new UserError(['Name the position: earliest or latest']);
        }
        return { offsets: Object.fromEntries(await mappingIn(body).reset(position)) };
      },
    },
    'deliver-twice': {
      changes: true,
      run: async (body) => mappingIn(body).deliverTwice(number(body, 'batches', 0, MAX_TIMES)),
    },
    'function-fault': {
      changes: true,
      run: async (body) => {
        const functionName = functionIn(body);
        const kind = kinds.find((each) => each === body.kind);
        if (kind === undefined) return functions.faults.clear(functionName);
        const times = body.times === null ? Number.POSITIVE_INFINITY : number(body, 'times', 1, MAX_TIMES);
        const delayMs = kind === 'delay' ? number(body, 'delayMs', 0, MAX_DELAY_MS) : 0;
        functions.faults.set(functionName, { kind, times, delayMs });
      },
    },
    'broker-fault': {
      changes: true,
      run: async (body) => {
        const seconds = number(body, 'seconds', 0, MAX_BROKER_SECONDS);
        if (seconds === 0) await faults.healBroker();
        else faults.dropBroker(seconds * 1_000);
      },
    },
  };
  return new Map(Object.entries(actions));
}

type Body = Readonly<Record<string, unknown>>;

function editedValue(value: unknown, base64: unknown): { value: Buffer | null } | undefined {
  if (typeof value === 'string') return { value: Buffer.from(value) };
  if (typeof base64 !== 'string') return undefined;
  const bytes = decodeBase64(base64);
  if (bytes === undefined) throw new UserError(['The value is not base64']);
  return { value: bytes };
}

/** Sends a request to the route of the HTTP API that publishes, as a client would. */
async function publish(body: Body, { httpApi, describe }: ConsoleOptions): Promise<unknown> {
  const { publishRoute } = describe();
  const [method = '', path = ''] = publishRoute?.split(' ') ?? [];
  if (publishRoute === undefined)
    throw new UserError(['No route of the HTTP API leads to a function that publishes']);
  const bytes = Buffer.from(text(body, 'body'));
  const request: LocalRequest = {
    method,
    path,
    query: '',
    protocol: 'HTTP/1.1',
    headers: new Map([
      ['host', 'localhost'],
      ['content-type', 'application/json'],
      ['user-agent', 'console'],
    ]),
    body: bytes,
    bodyTooLarge: false,
    sourceIp: '127.0.0.1',
    port: 0,
  };
  const response = await httpApi(request);
  return { status: response.status, body: Buffer.from(response.body ?? '').toString() };
}

function headersOf(type: string): RecordHeader[] {
  const attributes = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: `poison-${Date.now()}`,
    ce_source: '/console',
    ce_type: type,
  };
  return Object.entries(attributes).map(([name, value]) => [name, Buffer.from(value)]);
}

function text(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new UserError([`${name} must be a text`]);
  return value;
}

function number(body: Body, name: string, least: number, most: number): number {
  const value = body[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UserError([`${name} must be a number from ${least} to ${most}`]);
}
