import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { Alert } from './alerts.ts';
import { queueUrl } from './aws/index.ts';
import type { Outcome } from './outcome.ts';
import type { Run } from './run.ts';
import { queueOf } from './service.ts';

/** What came out, for a person to read. */
export function writeReport(
  { service, put }: Run,
  outcome: Outcome,
  alerts: readonly Alert[],
  differences: readonly string[],
): string {
  const { archiveBucket, archivePrefix } = service.deployment.config;
  return [
    heading(`The archive s3://${archiveBucket}/${archivePrefix}, with its events`),
    writeTree(outcome),
    heading('The consumers, each with a sample event'),
    ...[...outcome.consumers].map(([rule, events]) =>
      [
        `${rule}: ${events.length} events`,
        events[0] === undefined ? '' : indent(JSON.stringify(events[0].detail, null, 2)),
      ].join('\n'),
    ),
    heading('The sample consumer examples/consumer, its alerts'),
    alerts.length === 0 ? 'none' : JSON.stringify(alerts[0], null, 2),
    `${alerts.length} alerts`,
    heading('Dropped, and why'),
    writeTable(
      ['rule', 'events'],
      [...byMetric(outcome, 'EventsDropped/'), ['heartbeats', sum(outcome, 'HeartbeatsReceived')]],
    ),
    heading('Quarantined'),
    writeTable(
      ['reason', 'stage', 'object'],
      outcome.quarantine.map(({ reason, stage, key }) => [reason, stage, key]),
    ),
    heading('Calls of the function'),
    writeTable(
      ['service', 'operation', 'calls'],
      [...outcome.calls].map(([call, times]) => [...call.split(/ (.*)/, 2), times]),
    ),
    `${sum(outcome, 'DataKeyDecryptCalls')} data keys decrypted and ${sum(outcome, 'DataKeyCacheHits')} times found, in ${outcome.environments} execution environments`,
    '',
    differences.length === 0
      ? styleText(
          'green',
          `All ${put.length} records and their ${sum(outcome, 'EventsReceived')} events are accounted for.`,
        )
      : [styleText('red', `${differences.length} differences:`), ...differences.slice(0, 20)].join('\n'),
  ].join('\n');
}

/** Version 1 of the AWS CLI asks AWS itself for queues, whatever the environment says. */
export const AWS_CLI_FUNCTION = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }';

/** Where a person sees the run, and how to talk to the stand-ins. */
export function writeEnvironment(
  environment: Readonly<Record<string, string>>,
  { deployment, endpointUrl }: Run['service'],
  pageUrl: string,
): string {
  return [
    heading(`Running until Ctrl-C. In a browser: ${pageUrl}`),
    heading(`The endpoint is ${endpointUrl}. In another shell:`),
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${value}`),
    AWS_CLI_FUNCTION,
    heading('And then, for example:'),
    `aws s3 ls --recursive s3://${deployment.config.archiveBucket}`,
    ...deployment.rules
      .flatMap(({ targets }) => targets)
      .map(({ arn }) => `aws sqs receive-message --queue-url ${queueUrl(endpointUrl, queueOf(arn))}`),
  ].join('\n');
}

type Cell = string | number;

/** Each class with its events, and below it each folder with its objects and events. */
function writeTree({ archive }: Outcome): string {
  const classes = Map.groupBy(archive, (line) => line.class);
  return [...classes.keys()]
    .sort()
    .flatMap((name) => {
      const lines = classes.get(name) ?? [];
      const folders = [...Map.groupBy(lines, ({ key }) => key.split('/').slice(2, -1).join('/'))].map(
        ([folder, inside]) => {
          const objects = new Set(inside.map(({ key }) => key)).size;
          return `    ${folder}  ${inside.length} in ${objects} objects`;
        },
      );
      return [`  class=${name}  ${lines.length}`, ...folders];
    })
    .join('\n');
}

function byMetric({ metrics }: Outcome, prefix: string): readonly (readonly Cell[])[] {
  return [...metrics]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]);
}

function sum({ metrics }: Outcome, metric: string): number {
  return metrics.get(metric) ?? 0;
}

function writeTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

function heading(text: string): string {
  return `\n${styleText('bold', text)}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
