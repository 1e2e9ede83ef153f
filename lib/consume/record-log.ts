import type { Log, LogFields, LogLevel } from '../log.ts';
import type { CatalogueEvent } from '../schema/validation.ts';
import type { DecodedRecord } from './decode-record.ts';
import { type RecordFields, recordFields } from './record-fields.ts';

/**
 * The log of the work on one record. Each line says which record it is about; the fields of the call replace those of the same name.
 * What it says of the record is read with the first line, so that work that logs nothing does not pay for it.
 */
export class RecordLog implements Log {
  readonly #log: Log;
  readonly #record: DecodedRecord;
  readonly #event: CatalogueEvent;
  #fields: RecordFields | undefined;

  /**
   * @param log - of the batch
   * @param record - as decoded
   * @param event - the event in the record
   */
  constructor(log: Log, record: DecodedRecord, event: CatalogueEvent) {
    this.#log = log;
    this.#record = record;
    this.#event = event;
  }

  get debug(): Log['debug'] {
    return this.#at('debug');
  }

  get info(): Log['info'] {
    return this.#at('info');
  }

  get warn(): Log['warn'] {
    return this.#at('warn');
  }

  get error(): Log['error'] {
    return this.#at('error');
  }

  /** A function of its own, because work may take a method out of its log: `const { info } = log`. */
  #at(level: LogLevel): Log[LogLevel] {
    return (message, fields?: LogFields) => {
      this.#fields ??= recordFields(this.#record, this.#event);
      this.#log[level](message, { ...this.#fields, ...fields });
    };
  }
}
