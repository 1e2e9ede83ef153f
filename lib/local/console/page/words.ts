import type { EventState, PartitionRuns, Tone } from '../wire.ts';

const states: Readonly<Record<EventState, { text: string; tone: Tone }>> = {
  unread: { text: 'no mapping', tone: 'neutral' },
  waiting: { text: 'waiting', tone: 'waiting' },
  processing: { text: 'processing', tone: 'waiting' },
  retrying: { text: 'retrying', tone: 'bad' },
  done: { text: 'done', tone: 'good' },
  filtered: { text: 'filtered out', tone: 'neutral' },
  'dead-lettered': { text: 'dead letter', tone: 'bad' },
  discarded: { text: 'given up', tone: 'bad' },
  skipped: { text: 'skipped', tone: 'bad' },
};

export function stateWords(state: EventState): { text: string; tone: Tone } {
  return states[state];
}

/** `12:30:05.120` of the local time. */
export function clock(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  const millis = String(Math.floor(date.getMilliseconds())).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count.toLocaleString('en')} ${noun}s`;
}

/** `0: 3–7, 9`, by partition. */
export function offsetWords(offsets: readonly PartitionRuns[]): string {
  return offsets
    .map(({ partition, runs }) => {
      const shown = runs.slice(0, 6).map(([first, last]) => (first === last ? first : `${first}–${last}`));
      return `partition ${partition}: ${shown.join(', ')}${runs.length > 6 ? ', …' : ''}`;
    })
    .join('; ');
}

export function bytesWords(bytes: number): string {
  if (bytes < 1_024) return plural(bytes, 'byte');
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

/** Control characters and changes of direction, which could make a text look like another, become visible. */
export function visible(text: string): string {
  return text.replace(
    /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
