import { isUtf8 } from 'node:buffer';

/** Bytes of a key, a value or a header, and their text as UTF-8. */
export interface Content {
  readonly text: string;
  readonly bytes: Buffer;
}

/** Decodes bytes that are there as such. */
export function contentOf(bytes: Buffer): Content {
  return { text: bytes.toString(), bytes };
}

/** Whether the bytes are not UTF-8: decoding puts U+FFFD where they are not. The bytes are looked at only then. */
export function isBrokenUtf8(content: Content): boolean {
  return content.text.includes('\ufffd') && !isUtf8(content.bytes);
}
