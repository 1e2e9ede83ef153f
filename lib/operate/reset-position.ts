import type { Position } from '../kafka/reading/position.ts';

/** Where a consumer group continues to read. An offset needs a partition beside it. */
export type ResetPosition = Position | { readonly offset: number };

/** ISO 8601 with a time zone; without one it would mean another time on every machine. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Reads `earliest`, `latest`, a time or an offset; undefined when the text is none of these. */
export function parseResetPosition(text: string): ResetPosition | undefined {
  if (text === 'earliest' || text === 'latest') return text;
  if (/^\d+$/.test(text)) {
    const offset = Number(text);
    return Number.isSafeInteger(offset) ? { offset } : undefined;
  }
  const timestampMs = time.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timestampMs) ? undefined : { timestampMs };
}
