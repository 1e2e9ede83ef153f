import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'undici';
import { eventually } from '../../lib/testing/eventually.ts';
import { freePorts, startOffline } from '../support/offline-process.ts';
import { consumed, post, postedEvent } from '../support/posted-event.ts';

const root = resolve(__dirname, '../..');
const sockets: WebSocket[] = [];
const closeSockets = () => {
  for (const socket of sockets.splice(0)) socket.close();
};
afterEach(closeSockets);

interface Message {
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
}

/** Where a worker thread stands, and how to let it go on. */
interface Stop {
  readonly source: string;
  readonly goOn: () => void;
}

/**
 * Attaches to a process and its worker threads as a debugger does, and sets a breakpoint in a bundle that they have loaded.
 *
 * @see {@link https://chromedevtools.github.io/devtools-protocol/v8/Debugger/ Chrome DevTools Protocol, "Debugger domain"}
 */
async function breakAt(url: string, bundle: RegExp, text: string): Promise<() => Stop | undefined> {
  const socket = new WebSocket(url);
  sockets.push(socket);
  let stop: Stop | undefined;
  let isSet = false;
  let source = '';
  let id = 0;
  const send = (method: string, params = {}) => socket.send(JSON.stringify({ id: ++id, method, params }));
  const fromWorker = (sessionId: string, { method, params = {}, result }: Message) => {
    const toWorker = (command: string, argument = {}) => {
      const message = JSON.stringify({ id: ++id, method: command, params: argument });
      send('NodeWorker.sendMessageToWorker', { sessionId, message });
    };
    if (result?.breakpointId !== undefined) isSet = true;
    if (method === 'attached') toWorker('Debugger.enable');
    if (method === 'Debugger.scriptParsed' && bundle.test(String(params.url))) {
      const { source: file, ...place } = placeOf(text, String(params.url));
      source = file;
      toWorker('Debugger.setBreakpointByUrl', { url: params.url, ...place });
    }
    if (method === 'Debugger.paused') stop = { source, goOn: () => toWorker('Debugger.resume') };
  };
  socket.addEventListener('message', ({ data }) => {
    const { method, params = {} }: Message = JSON.parse(String(data));
    const sessionId = String(params.sessionId);
    if (method === 'NodeWorker.attachedToWorker') fromWorker(sessionId, { method: 'attached' });
    if (method === 'NodeWorker.receivedMessageFromWorker') {
      fromWorker(sessionId, JSON.parse(String(params.message)));
    }
  });
  await eventually('the debugger', () => socket.readyState === WebSocket.OPEN);
  send('NodeWorker.enable', { waitForDebuggerOnStart: false });
  await eventually('the breakpoint is set', () => isSet);
  return () => stop;
}

/** Where a bundle has a text, and the file that this comes from by the source map. */
function placeOf(text: string, url: string): { lineNumber: number; columnNumber: number; source: string } {
  const file = fileURLToPath(url);
  const lines = readFileSync(file, 'utf8').split('\n');
  const lineNumber = lines.findIndex((line) => line.includes(text));
  const columnNumber = lines[lineNumber]?.indexOf(text) ?? 0;
  const entry = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))).findEntry(
    lineNumber,
    columnNumber,
  );
  return { lineNumber, columnNumber, source: 'originalSource' in entry ? String(entry.originalSource) : '' };
}

test('the Run view of VS Code starts what npm start runs', () => {
  const { configurations } = JSON.parse(readFileSync(join(root, '.vscode/launch.json'), 'utf8'));
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { program, outFiles } = configurations[0];
  expect(program.endsWith(`/${scripts.start.replace('node ', '')}`)).toBe(true);
  expect(outFiles).toEqual([expect.stringMatching(/\/\.local\/\*\*\/\*\.js$/)]);
});

test('a breakpoint in the work is hit under npm start, and an event waits there and is then consumed', async () => {
  const offline = startOffline(await freePorts(), {
    command: 'npm start',
    flags: ['--ephemeral', '--log', 'json'],
    nodeFlags: ['--inspect=127.0.0.1:0'],
  });
  await offline.started();
  await post(offline.ports, postedEvent(1));
  await consumed(offline, 1);
  const [url = ''] = /ws:\/\/\S+/.exec(offline.output()) ?? [];
  const stopped = await breakAt(url, /consume\.js$/, 'log.info("event consumed"');
  const posted = post(offline.ports, postedEvent(2));
  const { goOn, source } = await eventually('the breakpoint', stopped, 30_000);
  expect((await posted).status).toBe(202);
  expect(source).toMatch(/consume\.ts$/);
  expect(offline.lines('event consumed')).toHaveLength(1);
  goOn();
  await consumed(offline, 2);
  // Node.js does not end before its debugger has left.
  closeSockets();
  expect(await offline.stop('SIGINT')).toBe(0);
});
