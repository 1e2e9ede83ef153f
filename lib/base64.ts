/** What base64 does not hold: a foreign character, or padding that is not at the end. */
const foreign = /[^A-Za-z0-9+/=]|=(?!=?$)/;

/**
 * Decodes base64 strictly: `Buffer.from` alone passes over what does not fit.
 *
 * @param text - standard alphabet; padding may be missing
 * @returns the bytes; undefined when the text is not base64
 * @see RFC 4648, section 4
 */
export function decodeBase64(text: string): Buffer | undefined {
  const isWhole = text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1;
  return isWhole && !foreign.test(text) ? Buffer.from(text, 'base64') : undefined;
}
