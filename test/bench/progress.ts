const CLEAR_LINE = '\r\u001b[2K';

/** Shows what is being measured, on standard error, so that standard output holds results alone. */
export function progress(text: string): void {
  const { stderr } = process;
  if (stderr.isTTY) stderr.write(`${CLEAR_LINE}${text.slice(0, stderr.columns - 1)}`);
}
