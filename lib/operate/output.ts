/** Where a command writes. */
export interface Output {
  /**
   * Writes what was asked for: for people as text, for programs as JSON.
   *
   * @returns how many bytes were written
   */
  readonly result: (value: object, text: () => string) => number;
  /** What is said about the results: apart from them where a program reads them. One call, one line. */
  readonly note: (text: string) => void;
  /** A problem that does not stop the command. */
  readonly problem: (text: string) => void;
  /** How far long work has come; written now and then. */
  readonly progress: (text: string) => void;
}
