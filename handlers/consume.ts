import { consumeHandler } from '../lib/consume/consume-handler.ts';
import type { ProcessEvent } from '../lib/consume/process-event.ts';
import { recordFields } from '../lib/consume/record-fields.ts';
import { loggableData } from '../lib/schema/redaction.ts';

/**
 * The work on one event: put your own here. It is called in order within a partition, with partitions side by side. A
 * record can be delivered more than once: make the work idempotent, or deploy with `--param idempotency=dynamodb`.
 */
export const processEvent: ProcessEvent = (event, { record, log }) => {
  const data = process.env.LOG_EVENT_DATA === 'none' ? undefined : loggableData(event);
  log.info('event consumed', { ...recordFields(record, event), event: { ...event.attributes, data } });
};

export const handler = consumeHandler({ processEvent });
