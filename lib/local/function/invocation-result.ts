/** Why an invocation failed, as the Lambda service words it: Lambda Developer Guide, "Function errors". */
export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  /** Lines of the stack, when there is one. */
  readonly trace?: readonly string[];
}

/** The end of an invocation: what the function returned, or why it failed. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown; readonly requestId: string }
  | { readonly ok: false; readonly error: InvocationError; readonly requestId: string };
