import { contentOf } from '../../content.ts';
import { type Issue, ServiceError } from '../../errors.ts';
import { isJsonObject, parseJson } from '../../json.ts';
import { valueAt } from '../../json-pointer.ts';
import type { Environment } from '../../kafka/configuration.ts';
import type { KafkaRecord, RecordHeader } from '../../kafka/record.ts';
import { tailedRecord } from '../tail/tailed-record.ts';
import { EDITED_HEADER } from './dead-letter.ts';

/** What is changed in a dead letter before it is sent back; what is undefined stays as it is. */
export interface Edit {
  readonly key?: Buffer | undefined;
  /** The whole value. */
  readonly value?: Buffer | undefined;
  /** Values inside of a JSON value, by JSON pointer. */
  readonly set?: readonly { readonly pointer: string; readonly value: unknown }[];
  /** Headers that replace those of the same name, or are added. */
  readonly headers?: readonly RecordHeader[];
}

/**
 * The record with the changes, marked with what was changed.
 *
 * @throws ServiceError `malformed` when a value inside of JSON is to be set and the record has none, or no such place
 */
export function editedRecord(record: KafkaRecord, { key, value, set = [], headers = [] }: Edit): KafkaRecord {
  const replaced = value ?? record.value;
  const names = new Set(headers.map(([name]) => name));
  const changed = [
    ...(key === undefined ? [] : ['key']),
    ...(value === undefined && set.length === 0 ? [] : ['value']),
    ...(headers.length === 0 ? [] : ['headers']),
  ];
  return {
    key: key ?? record.key,
    value: set.length === 0 ? replaced : withValues(replaced, set),
    headers: [
      ...record.headers.filter(([name]) => !names.has(name)),
      ...headers,
      [EDITED_HEADER, Buffer.from(changed.join(','))],
    ],
  };
}

/**
 * Why a consumer would reject a record.
 *
 * @param topic - that it is for, as it is named on the cluster
 * @returns nothing when it is a valid event of the catalogue
 */
export function rejectionOf(topic: string, record: KafkaRecord, environment: Environment): readonly Issue[] {
  const asConsumed = {
    ...record,
    partition: 0,
    offset: 0,
    timestamp: -1,
    timestampType: 'CREATE_TIME',
  } as const;
  return tailedRecord(topic, asConsumed, environment).issues;
}

function withValues(bytes: Buffer | null, set: NonNullable<Edit['set']>): Buffer {
  const json = parseJson(contentOf(bytes ?? Buffer.alloc(0)));
  if (!json.ok)
    throw unusable(
      `The value is not JSON, so --set cannot change it: replace it with --value. ${json.issues[0]?.message}`,
    );
  const root = { value: json.value };
  for (const { pointer, value } of set) {
    const at = `/value${pointer}`;
    const parent = valueAt(root, at.slice(0, at.lastIndexOf('/')));
    const name = at
      .slice(at.lastIndexOf('/') + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
    if (Array.isArray(parent) && /^\d+$/.test(name) && Number(name) <= parent.length)
      parent[Number(name)] = value;
    else if (isJsonObject(parent))
      Object.defineProperty(parent, name, { value, enumerable: true, writable: true, configurable: true });
    else throw unusable(`The value has no place ${pointer}`);
  }
  return Buffer.from(JSON.stringify(root.value));
}

function unusable(message: string): ServiceError {
  return new ServiceError('malformed', message);
}
