/** Deeper values are left to the closer look, which tells a cycle. */
const MAX_DEPTH = 100;

/**
 * Writes what could come out of `JSON.parse` as JSON.
 *
 * @returns undefined when there is something else in it that takes a closer look, such as a Date, an Error or a cycle
 */
export function plainJson(object: Readonly<Record<string, unknown>>): string | undefined {
  try {
    return isPlain(object, 0) ? JSON.stringify(object) : undefined;
  } catch {
    return undefined;
  }
}

function isPlain(value: object, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    if ('toJSON' in value) return false;
    for (const item of value) if (isObject(item) && !isPlain(item, depth + 1)) return false;
    return true;
  }
  return isPlainObject(value) && areMembersPlain(value, depth);
}

function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(value) === Object.prototype;
}

function areMembersPlain(object: Readonly<Record<string, unknown>>, depth: number): boolean {
  // A list of the names would take longer than to look at them.
  for (const name in object) {
    const member = object[name];
    // It may be `toJSON`.
    if (typeof member === 'function' || (isObject(member) && !isPlain(member, depth + 1))) return false;
  }
  return true;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
