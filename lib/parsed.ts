import type { Issue, ServiceErrorCode } from './errors.ts';

/** A value that was checked, or what is wrong with it. */
export type Parsed<Value> = { readonly ok: true; readonly value: Value } | Rejected;

export interface Rejected {
  readonly ok: false;
  readonly code: ServiceErrorCode;
  readonly issues: readonly Issue[];
}

export function parsed<Value>(value: Value): Parsed<Value> {
  return { ok: true, value };
}

/** @param pointer - RFC 6901 JSON pointer to what is wrong; empty for the whole */
export function rejected(code: ServiceErrorCode, pointer: string, message: string): Rejected {
  return { ok: false, code, issues: [{ pointer, message }] };
}
