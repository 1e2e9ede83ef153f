import { isJsonObject } from '../json.ts';
import { escapeName } from '../json-pointer.ts';

/**
 * Finds changes in a newer revision of a schema other than new optional properties. With these, old and new publishers and
 * consumers would not understand each other.
 *
 * @returns JSON pointers to what has changed
 */
export function breaksBetween(older: unknown, newer: unknown, pointer = ''): string[] {
  if (!isJsonObject(older) || !isJsonObject(newer)) {
    return JSON.stringify(older) === JSON.stringify(newer) ? [] : [pointer];
  }
  const keywords = new Set([...Object.keys(older), ...Object.keys(newer)]);
  return [...keywords].flatMap((keyword) => {
    const [before, after] = [older[keyword], newer[keyword]];
    const below = `${pointer}/${escapeName(keyword)}`;
    if (keyword !== 'properties' || !isJsonObject(before) || !isJsonObject(after)) {
      return breaksBetween(before, after, below);
    }
    return Object.keys(before).flatMap((name) =>
      breaksBetween(before[name], after[name], `${below}/${escapeName(name)}`),
    );
  });
}
