// The function in a process of its own: runs one event at a time, and says what it cost.
import { createRequire } from 'node:module';

export interface Measured {
  readonly response: unknown;
  /** Of the invocation, in milliseconds. */
  readonly cpuMs: number;
  /** The most memory that the process ever had, in bytes. */
  readonly peakBytes: number;
}

const [file = ''] = process.argv.slice(2);
const { handler } = createRequire(import.meta.url)(file);
const context = { getRemainingTimeInMillis: () => 60_000, invokedFunctionArn: '', functionName: '', awsRequestId: '' };

process.on('message', async (event) => {
  const before = process.cpuUsage();
  const response = await handler(event, context);
  const { user, system } = process.cpuUsage(before);
  const measured: Measured = {
    response,
    cpuMs: (user + system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.send?.(measured);
});
