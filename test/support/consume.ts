// Stands in for handlers/consume.ts in copies of the service, so that their tests hold whatever work a team has.
import { consumeHandler } from '../../lib/consume/consume-handler.ts';
import type { ProcessEvent } from '../../lib/consume/process-event.ts';
import { loggableData } from '../../lib/schema/redaction.ts';

const processEvent: ProcessEvent = (event, { log }) =>
  log.info('event consumed', {
    event: { ...event.attributes, data: loggableData(event) },
  });

export const handler = consumeHandler({ processEvent });
