import { abbreviated } from './errors.ts';

/**
 * Makes a JSON pointer step of a name, cut where it would swell a message.
 *
 * @see RFC 6901, "JavaScript Object Notation (JSON) Pointer", section 3
 */
export function pointerStep(name: string | number): string {
  return `/${abbreviated(String(name)).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
