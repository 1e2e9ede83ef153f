/** Control characters, line separators and characters that change the direction of a line: a terminal would act on them. */
const unprintable = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
const everyUnprintable = new RegExp(unprintable, 'gu');

/** Whether a text holds something that a terminal would act on. */
export function isUnprintable(text: string): boolean {
  return unprintable.test(text);
}

/** Writes what a terminal would act on as `\u{…}`, for one line of text. */
export function oneLine(text: string): string {
  return text.replace(everyUnprintable, (character) => `\\u{${hexOf(character)}}`);
}

/**
 * Writes what a terminal would act on as `\uXXXX`. The value of the JSON stays the same.
 *
 * @param json - from `JSON.stringify` without indentation
 */
export function printableJson(json: string): string {
  // Most lines hold no such character, and a search is cheaper than a replacement.
  return unprintable.test(json)
    ? json.replace(everyUnprintable, (character) => `\\u${hexOf(character).padStart(4, '0')}`)
    : json;
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
