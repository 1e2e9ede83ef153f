import { ServiceError } from '../../errors.ts';
import type { Delivery, Producer } from '../../kafka/producer/producer.ts';
import type { NumberedLine } from './lines.ts';
import { type Outgoing, problemOf, type Reading } from './outgoing.ts';
import { Pace } from './pace.ts';

/** Of one `send`, retries included. */
const SEND_TIMEOUT_MS = 15_000;
/** Records of one `send`: enough to fill batches, and few enough to stop soon. */
const MAX_RECORDS = 500;

export interface ProduceOptions {
  readonly producer: Producer;
  readonly read: Reading;
  /** Records per second; undefined for as fast as it goes. */
  readonly rate: number | undefined;
  /** Aborted to stop after what is underway. */
  readonly signal: AbortSignal;
}

/** Is told what becomes of each record. */
export interface ProduceObserver {
  readonly delivered: (outgoing: Outgoing, delivery: Extract<Delivery, { status: 'delivered' }>) => void;
  /** A line that holds no record, or a record that was not delivered. */
  readonly failed: (line: number, why: string) => void;
}

/** What a run did. */
export interface Produced {
  readonly delivered: number;
  readonly failed: number;
  /** The last line that was looked at. */
  readonly lastLine: number;
  /** Whether a failed delivery ended it: later records of the same key would have come before the failed one. */
  readonly stopped: boolean;
}

/**
 * Sends the records of lines, in order. A line that holds no valid record is passed over; a failed delivery ends the run.
 *
 * @param lines - as they come
 */
export async function produce(
  lines: AsyncIterable<readonly NumberedLine[]>,
  { producer, read, rate, signal }: ProduceOptions,
  observer: ProduceObserver,
): Promise<Produced> {
  const pace = new Pace(rate);
  let delivered = 0;
  let failed = 0;
  let lastLine = 0;
  const fail = (line: number, why: string): void => {
    failed++;
    observer.failed(line, why);
  };
  const send = async (portion: readonly NumberedLine[]): Promise<boolean> => {
    const outgoing = portion.flatMap(({ number, text }) => {
      try {
        return read(text).map((one) => ({ ...one, number }));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        fail(number, problemOf(error));
        return [];
      }
    });
    lastLine = portion.at(-1)?.number ?? lastLine;
    const records = outgoing.map(({ record }) => record);
    const deliveries = await producer.send(records, Date.now() + SEND_TIMEOUT_MS);
    for (const [index, delivery] of deliveries.entries()) {
      const one = outgoing[index];
      if (one === undefined) continue;
      if (delivery.status === 'failed') fail(one.number, failureText(one.record.topic, delivery.error));
      else {
        delivered++;
        observer.delivered(one, delivery);
      }
    }
    return deliveries.every(({ status }) => status === 'delivered');
  };
  for await (const together of lines) {
    for (let at = 0; at < together.length; ) {
      const size = Math.min(MAX_RECORDS, pace.portion(together.length - at));
      await pace.turn(size, signal);
      if (signal.aborted) return { delivered, failed, lastLine, stopped: false };
      if (!(await send(together.slice(at, at + size)))) return { delivered, failed, lastLine, stopped: true };
      at += size;
    }
  }
  return { delivered, failed, lastLine, stopped: false };
}

function failureText(topic: string, { code, message }: ServiceError): string {
  return code === 'delivery_unconfirmed'
    ? `${topic} may or may not have it: ${message}`
    : `sending to ${topic} failed: ${message}`;
}
