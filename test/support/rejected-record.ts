import { decodeRecord } from '../../lib/consume/decode-record.ts';
import type { RejectedRecord } from '../../lib/consume/process-batch.ts';

/** A record of an event as `processBatch` has it rejected. */
export function rejectedRecord(received: unknown): RejectedRecord {
  const decoded = decodeRecord(received);
  return { received, decoded: decoded.ok ? decoded.value : undefined, topic: 'events' };
}
