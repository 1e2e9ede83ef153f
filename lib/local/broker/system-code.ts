/** The code of an error that the operating system gave, e.g. `EADDRINUSE`. */
export function systemCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
