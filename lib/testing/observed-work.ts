import type { ProcessEvent } from '../consume/process-event.ts';
import type { CatalogueEvent } from '../schema/validation.ts';

/** The work, told to `onProcessed` for each event that it has processed: neither passed over nor failed. */
export function observedWork(
  processEvent: ProcessEvent,
  onProcessed: (event: CatalogueEvent) => void,
): ProcessEvent {
  return async (event, context) => {
    let passedOver = false;
    const passOver = (): void => {
      passedOver = true;
      context.passOver();
    };
    await processEvent(event, { ...context, passOver });
    if (!passedOver) onProcessed(event);
  };
}
