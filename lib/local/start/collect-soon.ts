import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect garbage when the heap has grown by a third, here and in the workers of the functions. By default it lets
 * a small heap grow fourfold, and hardly ever gives memory back.
 */
export function collectSoon(): void {
  setFlagsFromString('--optimize-for-size');
}
