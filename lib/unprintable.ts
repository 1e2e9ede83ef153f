/** Control characters, line separators and what turns the direction of a line: a terminal would obey them. */
const unprintable = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
const everyUnprintable = new RegExp(unprintable, 'gu');

/** Whether a terminal would obey something in a text. */
export function isUnprintable(text: string): boolean {
  return unprintable.test(text);
}

/** Writes what a terminal would obey as `\u{…}`, for one line of text. */
export function oneLine(text: string): string {
  return text.replace(everyUnprintable, (character) => `\\u{${hexOf(character)}}`);
}

/**
 * Writes what a terminal would obey as `\uXXXX`. The JSON means the same afterwards.
 *
 * @param json - from `JSON.stringify` without indentation
 */
export function printableJson(json: string): string {
  // Most lines hold nothing of the kind, and a search is cheaper than a replacement.
  return unprintable.test(json)
    ? json.replace(everyUnprintable, (character) => `\\u${hexOf(character).padStart(4, '0')}`)
    : json;
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
