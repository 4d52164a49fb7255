declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Makes a server, which need not listen. */
  function dynalite(options: {
    readonly createTableMs: number;
    readonly deleteTableMs: number;
    readonly updateTableMs: number;
  }): Server;
  export = dynalite;
}
