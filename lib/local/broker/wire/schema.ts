import type { Reader } from '../../../kafka/wire/reader.ts';
import type { Writer } from './writer.ts';

/** How one type of the Kafka protocol is read and written in a given version of a message. */
export interface Schema<T> {
  read(reader: Reader, version: number): T;
  write(writer: Writer, value: T, version: number): void;
}

/** The TypeScript type that a schema reads and writes. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

type Fields = Record<string, Schema<unknown>>;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: undefined extends Infer<F[K]> ? K : never;
}[keyof F];
type Structure<F extends Fields> = { [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> } & {
  [K in OptionalKeys<F>]?: Infer<F[K]>;
};

export const int8: Schema<number> = { read: (r) => r.int8(), write: (w, value) => w.int8(value) };
export const int16: Schema<number> = { read: (r) => r.int16(), write: (w, value) => w.int16(value) };
export const int32: Schema<number> = { read: (r) => r.int32(), write: (w, value) => w.int32(value) };
export const int64: Schema<number> = { read: (r) => r.int64(), write: (w, value) => w.int64(value) };
export const boolean: Schema<boolean> = { read: (r) => r.boolean(), write: (w, value) => w.boolean(value) };
/** An id as text, {@link NO_UUID} when there is none. */
export const uuid: Schema<string> = { read: (r) => r.uuid(), write: (w, value) => w.uuid(value) };
export const NO_UUID = '00000000-0000-0000-0000-000000000000';
export const string: Schema<string> = {
  read: (r) => r.string(),
  write: (w, value) => w.nullableString(value),
};
export const nullableString: Schema<string | null> = {
  read: (r) => r.nullableString(),
  write: (w, value) => w.nullableString(value),
};
export const bytes: Schema<Buffer> = { read: (r) => r.bytes(), write: (w, value) => w.nullableBytes(value) };
export const nullableBytes: Schema<Buffer | null> = {
  read: (r) => r.nullableBytes(),
  write: (w, value) => w.nullableBytes(value),
};

/** throttle_time_ms of an answer: handlers leave it out, the connection knows it. */
export const throttleTime: Schema<number | undefined> = {
  read: (r) => r.int32(),
  write: (w) => w.int32(w.throttleTimeMs),
};

/** A list of items of one type. */
export function array<T>(item: Schema<T>): Schema<T[]> {
  return {
    read: (r, version) => r.array(() => item.read(r, version)),
    write: (w, values, version) => w.nullableArray(values, (value) => item.write(w, value, version)),
  };
}

/** A list, or null. */
export function nullableArray<T>(item: Schema<T>): Schema<T[] | null> {
  return {
    read: (r, version) => r.nullableArray(() => item.read(r, version)),
    write: (w, values, version) => w.nullableArray(values, (value) => item.write(w, value, version)),
  };
}

/** A structure: its fields in wire order, followed by tagged fields in flexible versions. */
export function struct<const F extends Fields>(fields: F): Schema<Structure<F>> {
  const entries = Object.entries(fields);
  return {
    read(r, version) {
      const value: Record<string, unknown> = {};
      for (const [name, schema] of entries) value[name] = schema.read(r, version);
      r.taggedFields();
      // The loop above filled in exactly the fields of F, which the type system cannot follow.
      return value as Structure<F>;
    },
    write(w, value, version) {
      const values: Record<string, unknown> = value;
      for (const [name, schema] of entries) schema.write(w, values[name], version);
      w.taggedFields();
    },
  };
}

/** A field that exists from version `from` on (to `to`, inclusive); in the others it reads as `absent`. */
export function since<T>(
  from: number,
  schema: Schema<T>,
  absent: T,
  to = Number.POSITIVE_INFINITY,
): Schema<T> {
  return {
    read: (r, version) => (version >= from && version <= to ? schema.read(r, version) : absent),
    write: (w, value, version) => {
      if (version >= from && version <= to) schema.write(w, value, version);
    },
  };
}

/** A field that exists up to and including version `to`; in later ones it reads as `absent`. */
export function until<T>(to: number, schema: Schema<T>, absent: T): Schema<T> {
  return since(0, schema, absent, to);
}
