import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import inspector from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { FunctionSandbox } from '../../../../../lib/local/function/function-sandbox.ts';
import { eventually } from '../../../../../lib/testing/eventually.ts';

const directory = mkdtempSync(join(tmpdir(), 'debugger-'));
const TIMEOUT_MS = 1_500;

/** Line 3 of the source answers, line 5 throws. */
const source = `interface Event { readonly fail?: boolean }
export const handler = async (event: Event): Promise<string> => {
  const answer = event.fail ? undefined : 'answered';
  if (answer !== undefined) return answer;
  throw new Error('failed on purpose');
};
`;
const output = { stdout: () => {}, stderr: () => {} };
const sandboxes: FunctionSandbox[] = [];
function sandboxOf(timeoutMs: number): FunctionSandbox {
  const sandbox = new FunctionSandbox(
    {
      name: 'debugged',
      handler: 'handler.handler',
      codeDirectory: directory,
      timeoutMs,
      memorySize: 256,
      environment: {},
    },
    { output },
  );
  sandboxes.push(sandbox);
  return sandbox;
}

beforeAll(async () => {
  writeFileSync(join(directory, 'handler.ts'), source);
  const entryPoints = [join(directory, 'handler.ts')];
  await build({
    entryPoints,
    outdir: directory,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    sourcemap: 'linked',
  });
});
afterAll(async () => {
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
  rmSync(directory, { recursive: true, force: true });
});

test('a stack names the source and its line, not the bundle', async () => {
  const result = await sandboxOf(20_000).invoke({ fail: true });
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result)).toContain('handler.ts:5:9');
});

/** Lets every worker thread run, except where it stops at a breakpoint, and tells when it does. */
function breakAt(line: number, stopped: (resume: () => void) => void): () => void {
  const session = new inspector.Session();
  session.connect();
  let id = 0;
  const send = (sessionId: string, method: string, params: Record<string, unknown> = {}) => {
    id += 1;
    session.post('NodeWorker.sendMessageToWorker', {
      sessionId,
      message: JSON.stringify({ id, method, params }),
    });
  };
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId } }) => {
    send(sessionId, 'Debugger.enable');
    send(sessionId, 'Debugger.setBreakpointByUrl', { urlRegex: '.*/handler\\.js$', lineNumber: line });
    send(sessionId, 'Runtime.runIfWaitingForDebugger');
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
    const { method, params } = JSON.parse(message);
    if (method !== 'Debugger.paused') return;
    const resume = () => send(sessionId, 'Debugger.resume');
    // A thread stands still at its start, too.
    if (params.hitBreakpoints?.length > 0) stopped(resume);
    else resume();
  });
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: true });
  return () => session.disconnect();
}

test('a breakpoint in a handler is hit, and holds off its timeout', async () => {
  inspector.open(0, '127.0.0.1');
  let resume: (() => void) | undefined;
  const disconnect = breakAt(lineOf('return answer'), (goOn) => {
    resume = goOn;
  });
  try {
    const invocation = sandboxOf(TIMEOUT_MS).invoke({});
    const goOn = await eventually('the breakpoint', () => resume);
    const paused = Date.now();
    await eventually('the end of its timeout', () => Date.now() > paused + 2 * TIMEOUT_MS);
    goOn();
    expect(await invocation).toMatchObject({ ok: true, payload: 'answered' });
  } finally {
    disconnect();
    inspector.close();
  }
});

function lineOf(text: string): number {
  const bundle = readFileSync(join(directory, 'handler.js'), 'utf8');
  return bundle.split('\n').findIndex((line) => line.includes(text));
}
