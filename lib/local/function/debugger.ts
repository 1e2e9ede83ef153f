import inspector from 'node:inspector';

/** Whether this process was started for a debugger, as VS Code does: a handler may then stop at a breakpoint. */
export function isDebugged(): boolean {
  return inspector.url() !== undefined;
}
