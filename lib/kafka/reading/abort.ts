import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the signal is aborted. Call it once per signal: every call adds a listener. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits for the given time, or until the signal is aborted. */
export async function pause(ms: number, until: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: until }).catch(() => {});
}
