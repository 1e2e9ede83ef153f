import type { MskEvent } from '../../lib/consume/msk-event.ts';
import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import type { CatalogueEvent } from '../../lib/schema/validation.ts';
import { mskEvent } from '../../lib/testing/msk-event.ts';

const PARTITIONS = 3;

/** An event as `POST /events` makes it: six attributes, about 300 bytes of data. */
export function event(id: number): CatalogueEvent {
  return withData(id, {
    id,
    message: 'Your parcel has left our warehouse and is on its way to you.',
    timestamp: 1_760_000_000.5,
    author: { id: `user-${id % 1000}`, name: 'Zoe Example', verified: true },
    channel: 'orders',
    tags: ['parcel', 'shipping', 'europe'],
    reactions: [
      { name: 'thanks', count: 3 },
      { name: 'eyes', count: 1 },
    ],
  });
}

/** An event of the same type whose data takes that many bytes as JSON. */
export function eventOfSize(id: number, bytes: number): CatalogueEvent {
  const data = { id, message: '', timestamp: 1_760_000_000.5 };
  const message = 'x'.repeat(bytes - JSON.stringify(data).length);
  return withData(id, { ...data, message });
}

interface Data {
  readonly id: number;
  readonly message: string;
  readonly timestamp: number;
  readonly [more: string]: unknown;
}

function withData(id: number, data: Data): CatalogueEvent {
  return {
    type: 'message.posted',
    attributes: {
      specversion: '1.0',
      id: `3f2c9c1e-8f0a-4d55-9b1e-${String(id).padStart(12, '0')}`,
      source: '/events',
      type: 'message.posted',
      time: '2026-01-31T09:30:00.123Z',
      dataschema: 'urn:event-schema:message.posted:1',
    },
    data,
  };
}

/** What their records have: two headers alone, or those of the CloudEvents attributes too. */
export const headerSets = ['2 headers', '2 headers and 6 ce_ headers'] as const;
/** Lambda Developer Guide, "Lambda quotas": payload of an invocation. */
const MAXIMUM_PAYLOAD_BYTES = 6 * 2 ** 20;

/** Batches that are measured, by name: the last one is as large as Lambda takes. */
export function sizes(headerSet: string): Readonly<Record<string, number>> {
  const recordBytes = JSON.stringify(batch(1_000, headerSet)).length / 1_000;
  return {
    'batch of 100': 100,
    'batch of 1,000': 1_000,
    'batch of 10,000': 10_000,
    'batch near 6 MB': Math.floor(MAXIMUM_PAYLOAD_BYTES / recordBytes),
  };
}

/** A batch as the Lambda runtime hands it over: parsed from JSON. */
export function batch(size: number, headerSet: string, partitions = PARTITIONS): MskEvent {
  const records = Array.from({ length: size }, (_, id) => {
    const { key, value, headers } = toKafkaRecord(event(id));
    const kept = headers.filter(([name]) => headerSet !== headerSets[0] || !name.startsWith('ce_'));
    const correlation = ['correlation-id', Buffer.from('c2f1a0de-5f0d-4a39-8d38-0123456789ab')] as const;
    return { key, value, headers: [...kept, correlation], partition: id % partitions };
  });
  return JSON.parse(JSON.stringify(mskEvent(records)));
}

/** What the Lambda runtime hands over beside it. */
export function context(timeoutMs = 60_000) {
  const deadline = Date.now() + timeoutMs;
  return {
    awsRequestId: '8e0c7a52-6f3b-4b8e-9d0f-1a2b3c4d5e6f',
    functionName: 'consume',
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}
