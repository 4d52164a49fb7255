import { expect, it } from 'vitest';
import { runCli } from '../../support/cli.ts';

it.each([
  ['', 'Usage: das-router'],
  ['rederive', "error: unknown command 'rederive'"],
  ['--verbose', "error: unknown option '--verbose'"],
  ['redrive', "error: required option '--from <kind>'"],
  ['redrive --from elsewhere --bucket archive', 'Allowed choices are quarantine, failures.'],
  ['redrive --from quarantine --bucket archive --since 2026-02-30', 'it may hold a day'],
  ['redrive --from quarantine --bucket archive --reason BAD_LUCK', 'Allowed choices are ENVELOPE_INVALID,'],
  ['redrive --from quarantine --bucket archive --prefix quarantine/', 'it may hold'],
  ['redrive --from failures --bucket archive --reason KEY_REJECTED', "'--reason' goes with '--from quarantine' alone"],
  ['redrive --from failures --bucket archive --prefix quarantine', "'--prefix' goes with '--from quarantine' alone"],
  ['verify --bucket archive --day 2026-13-01', 'it may hold a day'],
  ['verify --bucket archive --day 2999-01-01', '2999-01-01 has not begun'],
  ['verify --bucket archive --day 2026-03-01 --gap-minutes 0', 'it may hold'],
  ['verify --bucket archive --day 2026-03-01 --archive-prefix /activity', 'it may hold'],
  ['verify --bucket archive --day 2026-03-01 extra', 'error: too many arguments'],
  ['tail', "error: required option '--stream <name>'"],
  ['tail --stream orders', 'aws-rds-das-cluster-'],
  ['tail --stream aws-rds-das-table-A', 'aws-rds-das-cluster-'],
  ['tail --stream arn:aws:kinesis:eu-west-1:1:stream/aws-rds-das-cluster-A', 'aws-rds-das-cluster-'],
  ['tail --stream arn:aws:sqs:eu-west-1:111122223333:aws-rds-das-cluster-A', 'aws-rds-das-cluster-'],
  ['tail --stream aws-rds-das-db-A --class DDL,DROP', 'AUTH_FAILURE'],
  ['tail --stream aws-rds-das-db-A --class=', 'AUTH_FAILURE'],
  ['tail --stream aws-rds-das-db-A --since yesterday', '10m'],
  ['tail --stream aws-rds-das-db-A --statement-text masked', 'redacted, full, none'],
])('the command line refuses bad usage with 2 and reports what is wrong: %s', async (line, problem) => {
  const args = line.split(' ').filter((argument) => argument !== '');

  expect(await runCli('', args)).toEqual({ status: 2, stdout: '', stderr: expect.stringContaining(problem) });
});

it.each(['redrive', 'verify', 'tail', 'explain'])(
  'the command line explains the exit statuses of %s in its help',
  async (command) => {
    const stdout = expect.stringContaining('Exit status: 0');

    expect(await runCli('', [command, '--help'])).toEqual({ status: 0, stdout, stderr: '' });
  },
);
