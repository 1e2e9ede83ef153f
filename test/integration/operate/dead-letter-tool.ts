import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { deadLetterRecord } from '../../../lib/consume/dead-letter-record.ts';
import { kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import { openProducer } from '../../../lib/kafka/producer/open-producer.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { createLog } from '../../../lib/log.ts';
import { run } from '../../../lib/operate/run.ts';
import { mskRecord, type RecordInput } from '../../../lib/testing/msk-event.ts';
import { rejectedRecord } from '../../support/rejected-record.ts';
import { sendTo } from '../../support/send-to.ts';

export const DEAD_LETTERS = 'events.dlq';

const rejection = {
  reason: 'schema_violation',
  issues: [{ pointer: '/data/id', message: 'Must be integer.' }],
} as const;
const invocation = { functionName: 'consume', requestId: 'request-1' };
const silent = createLog({ write: () => {} });

/** Dead-letters records as the consumer does, one after the other. */
export async function deadLetter(
  broker: Pick<Broker, 'address'>,
  records: readonly RecordInput[],
): Promise<void> {
  const configuration = kafkaConfiguration({ KAFKA_BROKERS: broker.address });
  const producer = openProducer(configuration, silent);
  for (const record of records) {
    const deadLetter = deadLetterRecord(rejectedRecord(mskRecord(record)), rejection, invocation);
    const [delivery] = await sendTo(producer, DEAD_LETTERS, [deadLetter], Date.now() + 10_000);
    if (delivery?.status === 'failed') throw delivery.error;
  }
  await producer.disconnect();
}

/** How a run of the tool ended. */
export interface ToolRun {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `npm run dead-letters` in this process. */
export function tool(
  broker: Pick<Broker, 'address'>,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ToolRun> {
  return operate(broker, ['dead-letters', ...args], environment);
}

/** What a run is given beside its arguments. */
export interface Given {
  /** Standard input. */
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Told everything that is written to standard output. */
  readonly onOut?: (text: string) => void;
}

/** Runs `npm run kafka` in this process. */
export async function operate(
  broker: Pick<Broker, 'address'>,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  { input = '', signal = new AbortController().signal, onOut }: Given = {},
): Promise<ToolRun> {
  let out = '';
  let err = '';
  const exitCode = await run(args, {
    environment: { KAFKA_BROKERS: broker.address, ...environment },
    standardOutput: (text) => {
      out += text;
      onOut?.(out);
    },
    standardError: (text) => {
      err += text;
    },
    standardInput: () => Readable.from(input === '' ? [] : [Buffer.from(input)]),
    signal,
  });
  return { exitCode, out, err };
}

/** The tool in its own process. */
export interface ToolProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** What it has written to standard output so far. */
  readonly out: () => string;
  readonly ended: Promise<ToolRun>;
}

const main = resolve(__dirname, '../../../lib/operate/main.ts');

/** Starts the tool as `npm run dead-letters` does. */
export function startTool(broker: Pick<Broker, 'address'>, args: readonly string[]): ToolProcess {
  return startKafkaTool(broker, ['dead-letters', ...args]);
}

/** Starts the tool as `npm run kafka` does, but without npm in between, so that a signal hits the tool itself. */
export function startKafkaTool(broker: Pick<Broker, 'address'>, args: readonly string[]): ToolProcess {
  const child = spawn(process.execPath, ['--conditions=fixture', '--require', 'tsx/cjs', main, ...args], {
    env: { PATH: process.env.PATH, KAFKA_BROKERS: broker.address },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, out, err }));
  return { child, out: () => out, ended };
}
