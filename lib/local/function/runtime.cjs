'use strict';
// The program of a worker thread that is one execution environment of a function: what the Node.js runtime is on AWS
// Lambda. Plain JavaScript, because a worker starts without the TypeScript loader. It imports nothing of this project but
// unpack-event.cjs: handlers get nothing but what their bundle brings.
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');
const { parentPort, workerData } = require('node:worker_threads');
const { unpackEvent } = require('./unpack-event.cjs');

// Stacks name the sources where the bundle has a source map.
process.setSourceMapsEnabled(true);

const { file, exportName, functionContext, output } = workerData;

/** How the pending invocation ends when the event loop runs dry; undefined between invocations. */
let whenIdle;

/** Where the events are: one at a time. */
let eventBytes;

/** Output is passed on at once, unless some was a moment ago: then it waits, at most until this turn of the event loop ends. */
const OUTPUT_PAUSE_MS = 10;
const streams = ['stdout', 'stderr'];
/**
 * In shared memory, so that it is not lost when this thread is terminated: length, stream and number of the chunk that waits,
 * then its bytes.
 */
const waiting = new Int32Array(output, 0, 3);
const waitingBytes = Buffer.from(output, waiting.byteLength);
let passedOnAt = 0;
let passingOn;

for (const [index, stream] of streams.entries()) {
  process[stream].write = (chunk, encoding, callback) => {
    const done = typeof encoding === 'function' ? encoding : callback;
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8')
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    write(index, bytes);
    if (done) process.nextTick(done);
    return true;
  };
}

function write(stream, bytes) {
  if (stream !== waiting[1] || waiting[0] + bytes.length > waitingBytes.length) passOn();
  if (bytes.length > waitingBytes.length) return post(stream, bytes, -1);
  waitingBytes.set(bytes, waiting[0]);
  waiting[1] = stream;
  waiting[0] += bytes.length;
  if (Date.now() - passedOnAt >= OUTPUT_PAUSE_MS) passOn();
  else passingOn ??= setImmediate(passOn, undefined);
}

/** @param message - that goes with it */
function passOn(message) {
  clearImmediate(passingOn);
  passingOn = undefined;
  if (waiting[0] === 0) {
    if (message) parentPort.postMessage(message);
    return;
  }
  passedOnAt = Date.now();
  post(waiting[1], waitingBytes.subarray(0, waiting[0]), waiting[2], message);
  waiting[0] = 0;
  waiting[2]++;
}

/** @param number - of the chunk that waited; the thread may be terminated before that is marked as passed on */
function post(stream, bytes, number, message) {
  const output = { stream: streams[stream], bytes: new Uint8Array(bytes), number };
  parentPort.postMessage({ ...message, output }, [output.bytes.buffer]);
}

process.on('uncaughtException', (error) => crash(describe(error)));
process.on('unhandledRejection', (reason) => {
  const { errorMessage, trace } = describe(reason);
  const name = reason instanceof Error ? `${reason.name}: ` : '';
  crash({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: name + errorMessage, trace });
});
process.on('beforeExit', () => whenIdle?.());

load().then(
  (handler) => {
    parentPort.on('message', (invocation) => void run(handler, invocation));
    parentPort.postMessage({ kind: 'ready' });
  },
  (error) => crash(describeLoadError(error)),
);

async function load() {
  const exported = file.endsWith('.mjs') ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  const owner = exported.default && !(exportName[0] in exported) ? exported.default : exported;
  const handler = exportName.reduce((value, name) => value?.[name], owner);
  if (typeof handler === 'function') return handler;
  const error = new Error(`${exportName.join('.')} of ${file} is undefined or not exported as a function`);
  error.name = 'Runtime.HandlerNotFound';
  throw error;
}

async function run(handler, { requestId, memory, length, isPacked, deadline }) {
  if (memory) eventBytes = Buffer.from(memory);
  // From here on an empty event loop must show.
  parentPort.unref();
  let answer;
  try {
    const event = isPacked ? unpackEvent(eventBytes) : JSON.parse(eventBytes.toString('utf8', 0, length));
    const result = await call(handler, event, createContext(requestId, deadline));
    answer = { kind: 'result', payload: stringify(result) };
  } catch (error) {
    answer = { kind: 'error', error: describe(error) };
  }
  whenIdle = undefined;
  parentPort.ref();
  passOn(answer);
}

function call(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => {
      if (error !== undefined && error !== null) reject(error);
      else if (context.callbackWaitsForEmptyEventLoop) whenIdle = () => resolve(result);
      else resolve(result);
    };
    // In one call, because V8 allocates a function that is assigned to a property among the old objects: the event, which this
    // one leads to, would then stay until those are collected.
    Object.assign(context, {
      done: callback,
      succeed: (result) => callback(null, result),
      fail: (error) => callback(error ?? new Error('context.fail was called')),
    });

    whenIdle = () => resolve(null);
    const returned = handler(event, context, callback);
    if (typeof returned?.then !== 'function') return;
    whenIdle = () => {
      const error = new Error('The handler ended with a promise that was never settled');
      error.name = 'Runtime.NodeJsExit';
      reject(error);
    };
    returned.then(resolve, reject);
  });
}

function createContext(requestId, deadline) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    ...functionContext,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch (cause) {
    const error = new Error(`Unable to stringify response body: ${cause.message}`);
    error.name = 'Runtime.MarshalError';
    throw error;
  }
}

function describeLoadError(error) {
  const { errorType, errorMessage, trace } = describe(error);
  if (errorType === 'Runtime.HandlerNotFound') return { errorType, errorMessage, trace: [] };
  if (error instanceof SyntaxError) {
    return { errorType: 'Runtime.UserCodeSyntaxError', errorMessage: `${file}: ${errorMessage}`, trace };
  }
  if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
    return { errorType: 'Runtime.ImportModuleError', errorMessage: `${file}: ${errorMessage}`, trace };
  }
  return { errorType, errorMessage: `${file}: ${errorMessage}`, trace };
}

function describe(error) {
  if (error instanceof Error) {
    return {
      errorType: String(error.name),
      errorMessage: String(error.message),
      trace: String(error.stack ?? '').split('\n'),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function crash(error) {
  passOn({ kind: 'crashed', error });
  process.exit(1);
}
