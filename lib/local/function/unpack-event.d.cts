import type { MskEvent } from '../../consume/msk-event.ts';

/**
 * Makes the event that a function gets.
 *
 * @param bytes - the parts of a `PackedEvent`, one after the other
 */
export function unpackEvent(bytes: Buffer): MskEvent;
