declare module 'dynalite' {
  import type { Server } from 'node:http';

  /**
   * Creates a server of the DynamoDB API, which does not listen yet.
   *
   * @param options - `path`: folder for its data, absent: in memory; `createTableMs`: time that a table takes
   */
  function dynalite(options: { path?: string; createTableMs?: number }): Server;
  export = dynalite;
}
