import { abbreviated } from './errors.ts';

/**
 * Escapes a name for a JSON pointer.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6901 RFC 6901, "JavaScript Object Notation (JSON) Pointer", section 3}
 */
export function escapeName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A step of a JSON pointer in a message: a long name is cut. */
export function pointerStep(name: string | number): string {
  return `/${escapeName(abbreviated(String(name)))}`;
}

/**
 * The value that a JSON pointer leads to.
 *
 * @returns undefined when there is none
 * @see {@link https://www.rfc-editor.org/rfc/rfc6901 RFC 6901, section 4}
 */
export function valueAt(value: unknown, pointer: string): unknown {
  let below: unknown = value;
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof below !== 'object' || below === null || !Object.hasOwn(below, name)) return undefined;
    below = Object.entries(below).find(([own]) => own === name)?.[1];
  }
  return below;
}
