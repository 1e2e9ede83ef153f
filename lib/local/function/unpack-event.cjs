'use strict';
// Plain JavaScript, because it runs in the worker of an execution environment: see runtime.cjs.

const LENGTH_BYTES = 4;

/** Makes the event of a `PackedEvent`, which says what is where: the same as `JSON.parse` would make of its JSON. */
exports.unpackEvent = function unpackEvent(bytes) {
  let at = LENGTH_BYTES + bytes.readUInt32LE(0);
  const { envelope, topic, headers, records } = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, at));
  const contents = headers.map(([, text]) => signedBytes(text));

  function base64(length) {
    const begin = at;
    at += length;
    return bytes.toString('base64', begin, at);
  }

  function recordOf([partition, offset, timestamp, timestampType, keyBytes, valueBytes, indexes, schemas]) {
    const record = { topic, partition, offset, timestamp, timestampType };
    if (keyBytes >= 0) record.key = base64(keyBytes);
    if (valueBytes >= 0) record.value = base64(valueBytes);
    // Copies: a handler may change what it is given.
    record.headers = indexes.map((index) => ({ [headers[index][0]]: contents[index].slice() }));
    return schemas ? Object.assign(record, schemas) : record;
  }

  for (const [key, group] of Object.entries(records)) records[key] = group.map(recordOf);
  return { ...envelope, records };
};

/** Bytes as Java writes them, -128 to 127. */
function signedBytes(latin1) {
  const bytes = [];
  for (let at = 0; at < latin1.length; at++) bytes.push((latin1.charCodeAt(at) << 24) >> 24);
  return bytes;
}
