import { abbreviated } from './errors.ts';

/**
 * Escapes a name for a JSON pointer.
 *
 * @see RFC 6901, "JavaScript Object Notation (JSON) Pointer", section 3
 */
export function escapeName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A step of a JSON pointer in a message: a long name is cut. */
export function pointerStep(name: string | number): string {
  return `/${escapeName(abbreviated(String(name)))}`;
}
