// One execution environment of the function, in a worker thread: loads the bundle once, then runs one event at a time.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { type Answer, END_OF_LOG, type Invocation } from './lambda.ts';

const { handler } = createRequire(import.meta.url)(workerData.file);

parentPort?.on('message', async ({ event, requestId, timeoutMs }: Invocation) => {
  const deadline = Date.now() + timeoutMs;
  const context = {
    awsRequestId: requestId,
    functionName: workerData.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: workerData.functionArn,
    memoryLimitInMB: String(workerData.memoryMb),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  let answer: Answer;
  try {
    answer = { response: await handler(event, context) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${END_OF_LOG}${requestId}\n`);
  parentPort?.postMessage(answer);
});
