/** Where a command writes; one call, one line. */
export interface Output {
  /** What was asked for. */
  readonly line: (text: string) => void;
  /** What is said about it: apart from the lines where a program reads them. */
  readonly note: (text: string) => void;
  /** What went wrong although the command goes on. */
  readonly problem: (text: string) => void;
}
