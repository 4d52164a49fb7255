import { once } from 'node:events';
import { Listr } from 'listr2';
import { type Alert, finishConsumer } from './alerts.ts';
import { clientEnvironment } from './aws/index.ts';
import type { Outcome } from './outcome.ts';
import { type Page, servePage } from './page/serve-page.ts';
import { writeEnvironment, writeReport } from './report.ts';
import { type ConsumedService, deployLocally, finish, putWorkload, type Run } from './run.ts';
import { createStartCommand, type StartOptions } from './start-options.ts';

interface Work {
  service?: ConsumedService;
  page?: Page;
  run?: Run;
  outcome?: Outcome;
  alerts?: readonly Alert[];
  differences?: readonly string[];
}

const { records, keep } = createStartCommand().parse().opts<StartOptions>();

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

const work: Work = {};
try {
  await runTasks(work, stop.signal);
  process.exitCode = report(work) ? 0 : 1;
  if (keep) await keepRunning(work, stop.signal);
} catch (cause) {
  if (!stop.signal.aborted) throw cause;
  process.exitCode = 130;
} finally {
  await work.page?.close();
  await work.service?.close();
}

async function runTasks(work: Work, signal: AbortSignal): Promise<void> {
  const tasks = new Listr<Work>(
    [
      {
        title: 'Package serverless.yml and start the service',
        task: async (work, task) => {
          work.service = await deployLocally(signal);
          if (!keep) return;
          work.page = await servePage(work.service, records);
          task.output = `The run is shown at ${work.page.url}`;
        },
        rendererOptions: { persistentOutput: true },
      },
      {
        title: `Encrypt and write ${records} records, as Aurora does`,
        task: async (work, task) => {
          const service = work.service as ConsumedService;
          const put = await putWorkload(
            service,
            records,
            (done, total) => {
              task.output = `${done} of ${total} written, ${service.acknowledged()} acknowledged`;
            },
            signal,
          );
          work.run = { service, put };
        },
      },
      {
        title: 'Wait until every record is acknowledged, and read what came out',
        task: async (work) => {
          const service = work.service as ConsumedService;
          const { outcome, differences } = await finish(work.run as Run, signal);
          const consumed = await finishConsumer(service, service.consumer, outcome.archive, signal);
          work.outcome = outcome;
          work.alerts = consumed.alerts;
          work.differences = [...differences, ...consumed.differences];
          work.page?.endAccounts(work.differences.length);
        },
      },
    ],
    { registerSignalListeners: false },
  );
  await tasks.run(work);
}

function report({ run, outcome, alerts = [], differences }: Work): boolean {
  if (run === undefined || outcome === undefined || differences === undefined) return false;
  console.log(writeReport(run, outcome, alerts, differences));
  return differences.length === 0;
}

async function keepRunning({ service, page }: Work, signal: AbortSignal): Promise<void> {
  if (service === undefined || page === undefined) return;
  console.log(writeEnvironment(clientEnvironment(service.endpointUrl, 'person'), service, page.url));
  if (!signal.aborted) await once(signal, 'abort');
}
