import type { ErrorName } from '../../../kafka/error-codes.ts';
import { canDecompress, ExpansionLimitError } from '../../../kafka/reading/decompression.ts';
import { MAX_UNPACKED_BATCH_BYTES } from '../../../kafka/wire/limits.ts';
import {
  type BatchHeader,
  hasValidCrc,
  MAGIC_V2,
  NO_PRODUCER_ID,
  readBatchHeader,
  setMaxTimestamp,
} from '../../../kafka/wire/record-batch.ts';
import { MalformedRecordError, visitRecords } from '../../../kafka/wire/records.ts';

/** CompressionType: none, gzip, snappy, lz4, zstd. */
const LAST_CODEC = 4;
const NO_TIMESTAMP = -1;

export interface BatchRefusal {
  readonly error: ErrorName;
  readonly message: string;
}

/**
 * Checks what a producer sends for one partition: one record batch of format v2, whose records can be read and are
 * the count in its header. The latest time in the header is set to the latest of the records, in place.
 *
 * Compressed records are decompressed for this, as in Kafka; with zstd only where Node.js can.
 *
 * @param maxBytes max.message.bytes of the topic
 * @see {@link https://github.com/apache/kafka/blob/trunk/storage/src/main/java/org/apache/kafka/storage/internals/log/LogValidator.java Apache Kafka, LogValidator}
 */
export function validateBatch(records: Buffer, maxBytes: number): BatchHeader | BatchRefusal {
  if (records.length === 0) {
    return refuse('INVALID_RECORD', 'there must be one record batch per partition');
  }
  const header = readBatchHeader(records);
  if (!header || header.size > records.length) {
    return refuse('CORRUPT_MESSAGE', 'the record batch is shorter than it claims');
  }
  if (header.magic !== MAGIC_V2) {
    return refuse('INVALID_RECORD', `record format v2 is required, not v${header.magic}`);
  }
  if (header.size < records.length) {
    return refuse('INVALID_RECORD', 'there must be one record batch per partition');
  }
  if (header.size > maxBytes) {
    return refuse('MESSAGE_TOO_LARGE', `${header.size} bytes, at most ${maxBytes} are accepted`);
  }
  if (!hasValidCrc(records)) return refuse('CORRUPT_MESSAGE', 'the CRC-32C is wrong');
  return refuseHeader(header) ?? validateRecords(records, header);
}

function refuseHeader(header: BatchHeader): BatchRefusal | undefined {
  if (header.recordCount < 1 || header.lastOffsetDelta !== header.recordCount - 1) {
    return refuse('INVALID_RECORD', 'record count and last offset delta do not fit together');
  }
  if (header.baseOffset !== 0) {
    return refuse('INVALID_RECORD', `the base offset of a new batch is 0, not ${header.baseOffset}`);
  }
  if (header.control) return refuse('INVALID_RECORD', 'clients may not write control batches');
  if (header.transactional) return refuse('INVALID_TXN_STATE', 'this broker has no transactions');
  if (header.producerId !== NO_PRODUCER_ID && (header.baseSequence < 0 || header.producerEpoch < 0)) {
    return refuse('INVALID_RECORD', 'an idempotent batch needs an epoch and a sequence number');
  }
  if (header.appendTime) {
    return refuse('INVALID_TIMESTAMP', 'the timestamp type LogAppendTime is not for producers to set');
  }
  if (header.codec > LAST_CODEC) {
    return refuse('UNSUPPORTED_COMPRESSION_TYPE', `there is no compression type ${header.codec}`);
  }
  return undefined;
}

function validateRecords(batch: Buffer, header: BatchHeader): BatchHeader | BatchRefusal {
  if (!canDecompress(header.codec)) return header;
  let maxTimestamp = NO_TIMESTAMP;
  let index = 0;
  try {
    visitRecords(batch, header, (offsetDelta, timestamp) => {
      if (offsetDelta !== index) {
        throw new MalformedRecordError(`Record ${index} has the offset delta ${offsetDelta}`);
      }
      index++;
      if (timestamp > maxTimestamp) maxTimestamp = timestamp;
      return false;
    });
  } catch (error) {
    if (error instanceof ExpansionLimitError) {
      const message = `the records unpack to more than ${MAX_UNPACKED_BATCH_BYTES} bytes: send smaller batches`;
      return refuse('MESSAGE_TOO_LARGE', message);
    }
    return refuse('INVALID_RECORD', error instanceof Error ? error.message : String(error));
  }
  if (maxTimestamp === header.maxTimestamp) return header;
  setMaxTimestamp(batch, maxTimestamp);
  return { ...header, maxTimestamp };
}

function refuse(error: ErrorName, message: string): BatchRefusal {
  return { error, message };
}
