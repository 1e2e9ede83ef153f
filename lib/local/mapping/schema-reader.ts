import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { inflateSync } from 'node:zlib';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { SchemaMetadata } from '../../consume/msk-event.ts';
import { errorMessage } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import type { SchemaRegistryDeclaration } from '../../mapping/schema-registry.ts';
import { MAXIMUM_PAYLOAD_BYTES } from './batching.ts';

/** A record after it was checked against the registry. */
export type SchemaReading =
  | {
      readonly kind: 'read';
      /** Without the framing of its validated attributes. */
      readonly record: ConsumedRecord;
      readonly metadata: { key?: SchemaMetadata; value?: SchemaMetadata };
    }
  /** Lambda Developer Guide, "Using schema registries with Kafka event sources": such a record is not sent. */
  | {
      readonly kind: 'failed';
      readonly code: 'SCHEMA_NOT_FOUND' | 'DESERIALIZATION_ERROR';
      readonly reason: string;
    };

/** Reads records that were written with a schema registry. */
export interface SchemaReader {
  /** @throws Error when the registry cannot be reached */
  read(record: ConsumedRecord): Promise<SchemaReading>;
}

/** Timeout of a request to a registry. */
const REGISTRY_TIMEOUT_MS = 5_000;
const NOT_EMULATED = 'is not emulated: only JSON Schema is, so this mapping can be tested on AWS only';

/**
 * Opens the schema registry of a mapping. Schemas come from a Confluent-compatible registry at the declared URL or, with
 * `directory`, from files `<schema id>.json`; a Glue registry needs the files.
 *
 * @param directory - folder with JSON Schema files
 * @throws Error with a sentence when the mapping needs what is not emulated: Avro, Protobuf, or Glue without files
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html Lambda Developer Guide, "Using schema registries with Kafka event sources"}
 */
export async function openSchemaRegistry(
  declaration: SchemaRegistryDeclaration,
  topic: string,
  directory: string | undefined,
): Promise<SchemaReader> {
  const schemas = new Map<string, Promise<ValidateFunction | undefined>>();
  const load = directory === undefined ? loadFromUrl(declaration) : loadFromDirectory(directory);
  if (directory === undefined) await refuseOtherTypes(declaration, topic);
  else await refuseOtherFiles(directory);

  const schemaOf = (id: string): Promise<ValidateFunction | undefined> => {
    const known = schemas.get(id);
    if (known !== undefined) return known;
    const loaded = load(id).then((schema) => (schema === undefined ? undefined : compile(schema, id)));
    schemas.set(id, loaded);
    // Only successful look-ups are cached: a schema may be registered later, a registry may come back.
    loaded.then(
      (schema) => schema ?? schemas.delete(id),
      () => schemas.delete(id),
    );
    return loaded;
  };

  const readAttribute = async (bytes: Buffer): Promise<AttributeReading> => {
    const framed = unframe(bytes);
    if (framed === undefined) {
      return failed(
        'DESERIALIZATION_ERROR',
        'it has neither the Confluent nor the Glue schema header, or expands to more than 6 MB',
      );
    }
    const validate = await schemaOf(framed.schemaId);
    if (validate === undefined) return failed('SCHEMA_NOT_FOUND', `there is no schema ${framed.schemaId}`);
    const problem = problemWith(framed.content, validate);
    if (problem !== undefined) return failed('DESERIALIZATION_ERROR', problem);
    return { content: framed.content, metadata: { dataFormat: 'JSON', schemaId: framed.schemaId } };
  };

  return {
    read: async (record) => {
      let reading: SchemaReading = { kind: 'read', record, metadata: {} };
      for (const attribute of declaration.validationAttributes) {
        const name = attribute === 'KEY' ? 'key' : 'value';
        const bytes = record[name];
        if (bytes === null) continue;
        const result = await readAttribute(bytes);
        if ('kind' in result) return { ...result, reason: `the ${name} cannot be read: ${result.reason}` };
        reading = {
          kind: 'read',
          record: { ...reading.record, [name]: result.content },
          metadata: { ...reading.metadata, [name]: result.metadata },
        };
      }
      return reading;
    },
  };
}

type AttributeReading =
  | { readonly content: Buffer; readonly metadata: SchemaMetadata }
  | Extract<SchemaReading, { kind: 'failed' }>;

function failed(code: 'SCHEMA_NOT_FOUND' | 'DESERIALIZATION_ERROR', reason: string): AttributeReading {
  return { kind: 'failed', code, reason };
}

/** Confluent Documentation, "Wire format": magic byte 0 and a four-byte schema id. */
const CONFLUENT = { magic: 0x00, headerBytes: 5 };
/** AWS Glue Schema Registry Library: header version 3, compression, 16 bytes of schema version id. */
const GLUE = { version: 0x03, headerBytes: 18, uncompressed: 0x00, zlib: 0x05 };

/**
 * Takes the schema header off.
 *
 * @returns undefined when there is none, or its content expands to more than a function can be sent
 */
export function unframe(bytes: Buffer): { schemaId: string; content: Buffer } | undefined {
  if (bytes[0] === CONFLUENT.magic && bytes.length >= CONFLUENT.headerBytes) {
    return { schemaId: String(bytes.readUInt32BE(1)), content: bytes.subarray(CONFLUENT.headerBytes) };
  }
  if (bytes[0] !== GLUE.version || bytes.length < GLUE.headerBytes) return undefined;
  const hex = bytes.subarray(2, GLUE.headerBytes).toString('hex');
  const schemaId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const content = bytes.subarray(GLUE.headerBytes);
  if (bytes[1] === GLUE.uncompressed) return { schemaId, content };
  if (bytes[1] !== GLUE.zlib) return undefined;
  try {
    return { schemaId, content: inflateSync(content, { maxOutputLength: MAXIMUM_PAYLOAD_BYTES }) };
  } catch {
    return undefined;
  }
}

function problemWith(content: Buffer, validate: ValidateFunction): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content.toString('utf8'));
  } catch (error) {
    return `it is not JSON: ${errorMessage(error)}`;
  }
  try {
    if (validate(value)) return undefined;
  } catch (error) {
    // A value that is nested too deep for the validator.
    return `it cannot be validated: ${errorMessage(error)}`;
  }
  const [problem] = validate.errors ?? [];
  return `it does not match its schema: ${problem?.instancePath ?? ''} ${problem?.message ?? ''}`;
}

function compile(schema: unknown, id: string): ValidateFunction {
  if (!isJsonObject(schema)) throw new Error(`The schema ${id} is not an object`);
  return addFormats(new Ajv({ strict: false })).compile(schema);
}

function loadFromUrl({ uri }: SchemaRegistryDeclaration): (id: string) => Promise<unknown> {
  return async (id) => {
    const answer = await ask(`${uri.replace(/\/$/, '')}/schemas/ids/${encodeURIComponent(id)}`);
    if (answer === undefined) return undefined;
    refuseType(answer, `Schema ${id}`);
    if (typeof answer.schema !== 'string') throw new Error(`The registry at ${uri} gave no schema ${id}`);
    return JSON.parse(answer.schema);
  };
}

function loadFromDirectory(directory: string): (id: string) => Promise<unknown> {
  return async (id) => {
    const text = await readFile(join(directory, `${id}.json`), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : JSON.parse(text);
  };
}

async function refuseOtherTypes(
  { kind, uri, validationAttributes }: SchemaRegistryDeclaration,
  topic: string,
): Promise<void> {
  if (kind === 'glue') {
    throw new Error(
      `The Glue registry ${uri} is not emulated: put its JSON Schemas into a folder as <version id>.json`,
    );
  }
  for (const attribute of validationAttributes) {
    const subject = `${topic}-${attribute.toLowerCase()}`;
    const answer = await ask(
      `${uri.replace(/\/$/, '')}/subjects/${encodeURIComponent(subject)}/versions/latest`,
    );
    if (answer !== undefined) refuseType(answer, `The schema of ${subject}`);
  }
}

async function refuseOtherFiles(directory: string): Promise<void> {
  const other = (await readdir(directory)).find((file) => ['.avsc', '.proto'].includes(extname(file)));
  if (other !== undefined) throw new Error(`${join(directory, other)} ${NOT_EMULATED}`);
}

/** A registry does not name the type of Avro schemas. */
function refuseType({ schemaType = 'AVRO' }: Readonly<Record<string, unknown>>, what: string): void {
  if (schemaType !== 'JSON') throw new Error(`${what} is ${schemaType}, which ${NOT_EMULATED}`);
}

async function ask(url: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(REGISTRY_TIMEOUT_MS) });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`The schema registry answered ${response.status} for ${url}`);
  const answer: unknown = await response.json();
  if (!isJsonObject(answer)) throw new Error(`The schema registry gave no object for ${url}`);
  return answer;
}
