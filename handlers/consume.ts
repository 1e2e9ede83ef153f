import { consumeHandler } from '../lib/consume/consume-handler.ts';
import type { ProcessEvent } from '../lib/consume/process-event.ts';
import { loggableData } from '../lib/schema/redaction.ts';

/** Read once: a look into `process.env` for each event would take a tenth of the time of its log line. */
const { LOG_EVENT_DATA } = process.env;

/**
 * The work on one event: put your own here. It is called in order within a partition, with partitions side by side. A
 * record can be delivered more than once: make the work idempotent, or deploy with `--param idempotency=dynamodb`.
 */
export const processEvent: ProcessEvent = (event, { log }) => {
  const data = LOG_EVENT_DATA === 'none' ? undefined : loggableData(event);
  log.info('event consumed', { event: { ...event.attributes, data } });
};

export const handler = consumeHandler({ processEvent });
