// The function in a process of its own: runs one event at a time, and says what it cost. In JavaScript, since what Node
// loads to read TypeScript would count as the function's memory.
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import { getHeapStatistics } from 'node:v8';

const SAMPLE_MICROSECONDS = 200;

const [file = '', mostBytes = ''] = process.argv.slice(2);
const session = new Session();
const { handler, prepare = (event) => event } = createRequire(import.meta.url)(file);

// Lambda kills what takes more than it may.
const watch = setInterval(() => {
  if (process.memoryUsage.rss() > Number(mostBytes)) process.exit(137);
}, 50);
watch.unref();

/** By the kind of the request. */
const ANSWERS = {
  run: ({ event, timeoutMs }) => run(event, timeoutMs),
  sample,
  'start profile': startProfile,
  'stop profile': async () => (await session.post('Profiler.stop')).profile,
};

process.on('message', async (request) => {
  process.send?.((await ANSWERS[request.kind](request)) ?? null);
});

/** Returns a `Measured` of measured-function.ts. */
async function run(event, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  const context = {
    getRemainingTimeInMillis: () => deadline - Date.now(),
    invokedFunctionArn: '',
    functionName: '',
    awsRequestId: '',
  };
  const prepared = prepare(event);
  globalThis.takeWork?.();
  const heapBefore = getHeapStatistics().used_heap_size;
  const [before, begin] = [process.cpuUsage(), performance.now()];
  const response = await handler(prepared, context);
  const [{ user, system }, wallMs] = [process.cpuUsage(before), performance.now() - begin];
  const heapBytes = getHeapStatistics().used_heap_size - heapBefore;
  const work = globalThis.takeWork?.() ?? {};
  return { response, cpuMs: (user + system) / 1000, wallMs, peakBytes: peakBytes(), heapBytes, work };
}

/** The peak that `getrusage` tells begins with the parent's. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function peakBytes() {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  if (kilobytes === undefined) throw new Error('The system does not tell the peak: this needs Linux');
  return Number(kilobytes) * 1024;
}

async function sample() {
  // What is freed by finalizers is so in a later turn.
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return { liveBytes: heapUsed + external };
}

async function startProfile() {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await session.post('Profiler.start');
}
