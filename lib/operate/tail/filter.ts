import { valueAt } from '../../json-pointer.ts';
import type { TailedRecord } from './tailed-record.ts';

/** Which records are meant; what is undefined leaves all in. */
export interface Filter {
  readonly type: string | undefined;
  readonly key: string | undefined;
  /** Values in the data, all of which must be as given. */
  readonly where: readonly { readonly pointer: string; readonly value: string }[];
}

/** Reads `/pointer=value`; undefined when the text has another form. */
export function parseWhere(text: string): Filter['where'][number] | undefined {
  const at = text.indexOf('=');
  if (!text.startsWith('/') || at === -1) return undefined;
  return { pointer: text.slice(0, at), value: text.slice(at + 1) };
}

/** Whether a record is meant. Numbers, `true`, `false` and `null` are compared as text. */
export function isMeant({ type, key, where }: Filter, tailed: TailedRecord): boolean {
  if (type !== undefined && tailed.type !== type) return false;
  if (key !== undefined && tailed.record.key?.toString() !== key) return false;
  if (where.length === 0) return true;
  const data = tailed.data ?? jsonIn(tailed.record.value);
  return where.every(({ pointer, value }) => textOf(valueAt(data, pointer)) === value);
}

/** The value of a record that is not an event. */
function jsonIn(value: Buffer | null): unknown {
  try {
    return JSON.parse(value?.toString() ?? '');
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || value === undefined ? value : JSON.stringify(value);
}
