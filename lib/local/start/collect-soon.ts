import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect garbage when the heap has doubled, here and in the workers of the functions. By default it lets a small heap
 * grow fourfold, and hardly ever gives memory back. If the heap could grow by a third only, as `--optimize-for-size` alone has
 * it, each event would take a third more time.
 */
export function collectSoon(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--heap-growing-percent=100');
}
