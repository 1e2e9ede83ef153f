import { decodeRecord } from '../consume/decode-record.ts';
import type { EventContext } from '../consume/process-event.ts';
import { RecordLog } from '../consume/record-log.ts';
import type { EventData, EventTypeName } from '../schema/catalogue.ts';
import { type CatalogueEvent, validateEvent } from '../schema/validation.ts';
import { cloudEventHeaders, mskRecord, type RecordInput } from './msk-event.ts';
import { type LogLine, recordingLog } from './recording-log.ts';

/**
 * An event as the work on it receives it, for a test of that work: `await processEvent(event, context)`.
 *
 * @param type - of the catalogue
 * @param data - checked as it is when a consumer receives it
 * @param record - where the event was found, and its key, when the work looks at them
 * @returns `event` and `context`, and the `lines` that the work logs
 */
export function consumedEvent<Type extends EventTypeName>(
  type: Type,
  data: EventData<Type>,
  record: Omit<RecordInput, 'value'> = {},
): {
  readonly event: CatalogueEvent;
  readonly context: EventContext;
  readonly lines: readonly LogLine[];
} {
  const headers = record.headers ?? cloudEventHeaders({ type });
  const decoded = decodeRecord(mskRecord({ ...record, value: data, headers }));
  const attributes = { specversion: '1.0', id: 'event-1', source: '/test', type } as const;
  const event = validateEvent({ attributes, data });
  if (!decoded.ok || !event.ok) throw new Error(`Not valid: ${JSON.stringify([decoded, event])}`);
  const log = recordingLog();
  const workLog = new RecordLog(log, decoded.value, event.value);
  const signal = new AbortController().signal;
  return {
    event: event.value,
    context: {
      record: decoded.value,
      log: workLog,
      signal,
      deadline: Number.POSITIVE_INFINITY,
      passOver: () => {},
    },
    lines: log.lines,
  };
}
