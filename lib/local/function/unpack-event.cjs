'use strict';
// Plain JavaScript, because it runs in the worker of an execution environment: see runtime.cjs.

const LENGTH_BYTES = 4;

/** Makes the event of a `PackedEvent`, which says what is where: the same as `JSON.parse` would make of its JSON. */
exports.unpackEvent = function unpackEvent(bytes) {
  let at = LENGTH_BYTES + bytes.readUInt32LE(0);
  const { envelope, headers, records } = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, at));
  const contents = headers.map(([, length]) => {
    at += length;
    return signedBytes(bytes, at - length, at);
  });

  function base64(length) {
    at += length;
    return bytes.toString('base64', at - length, at);
  }

  function recordsOf({ topic, partition, rows }) {
    return rows.map(([offset, timestamp, timestampType, keyBytes, valueBytes, indexes, schemas]) => {
      const record = { topic, partition, offset, timestamp, timestampType };
      if (keyBytes >= 0) record.key = base64(keyBytes);
      if (valueBytes >= 0) record.value = base64(valueBytes);
      // Copies: a handler may change what it is given.
      record.headers = indexes.map((index) => ({ [headers[index][0]]: contents[index].slice() }));
      return schemas ? Object.assign(record, schemas) : record;
    });
  }

  for (const [key, group] of Object.entries(records)) records[key] = recordsOf(group);
  return { ...envelope, records };
};

/** As Java writes bytes: -128 to 127. */
function signedBytes(bytes, begin, end) {
  const signed = [];
  for (let at = begin; at < end; at++) signed.push((bytes[at] << 24) >> 24);
  return signed;
}
