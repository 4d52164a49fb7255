// Runs kinesis-local in a worker thread, so that it ends with this process, and has it listen on loopback alone.
import { createRequire } from 'node:module';
import { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const program = require.resolve('kinesis-local/main.js');
const listen = Server.prototype.listen as (this: Server, options: object, listening: () => void) => Server;

// kinesis-local listens on every interface, and does not say on which port where that is 0.
Server.prototype.listen = function (this: Server, port: number, listening: () => void) {
  this.once('listening', () => {
    if (port === workerData.plainPort) parentPort?.postMessage(this.address());
  });
  return listen.call(this, { host: '127.0.0.1', port: 0 }, listening);
} as typeof Server.prototype.listen;

process.env.KINESIS_MOCK_CERT_PATH = join(dirname(program), 'server.json');
require(program);
