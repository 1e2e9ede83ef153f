import { isUtf8 } from 'node:buffer';
import { isUnprintable } from '../unprintable.ts';

/** Bytes as text: unchanged when they are printable UTF-8, else base64. */
export interface Printable {
  readonly text?: string;
  readonly base64?: string;
}

/** Turns bytes into text if that loses nothing. */
export function printable(bytes: Buffer): Printable {
  const text = bytes.toString();
  return isUtf8(bytes) && !isUnprintable(text) ? { text } : { base64: bytes.toString('base64') };
}

/**
 * Formats bytes for people: JSON indented, other text unchanged, anything else as `base64:…`. JSON that indenting would
 * change (large numbers, duplicate names) stays unchanged.
 */
export function pretty(bytes: Buffer): string {
  const text = bytes.toString();
  if (!isUtf8(bytes)) return `base64:${bytes.toString('base64')}`;
  const indented = indentJson(text) ?? text;
  // Line breaks and tabs belong to readable text.
  const lines = indented.split(/\r?\n/);
  if (lines.some((line) => isUnprintable(line.replaceAll('\t', '')))) {
    return `base64:${bytes.toString('base64')}`;
  }
  return lines.join('\n');
}

function indentJson(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const compact = text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
    return JSON.stringify(value) === compact ? JSON.stringify(value, undefined, 2) : undefined;
  } catch {
    return undefined;
  }
}
