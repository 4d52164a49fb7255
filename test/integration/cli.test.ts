import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../local/package.ts';
import { PROGRAM, runCli } from '../support/cli.ts';

const COMMANDS = ['redrive', 'verify', 'tail', 'explain'];
const execute = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-cli-'));
  return () => rm(folder, { recursive: true });
});

describe('the built command line', () => {
  it('runs as a program of its own, far from every node_modules', async () => {
    const copy = join(folder, 'das-router.mjs');
    await copyFile(PROGRAM, copy);

    const { stdout } = await execute(copy, ['--help'], { cwd: folder });

    for (const command of COMMANDS) expect(stdout).toContain(`\n  ${command} `);
    expect(stdout).toContain('Exit status: 0');
  });

  it('is what npx runs in a checkout', async () => {
    const npm = { npm_config_cache: folder, npm_config_offline: 'true', npm_config_ignore_scripts: 'true' };
    const env = { PATH: process.env.PATH, HOME: folder, ...npm };

    const { stdout } = await execute('npx', ['das-router', 'verify', '--help'], { cwd: ROOT, env });

    expect(stdout).toContain('--gap-minutes');
  });

  it('prints no error when the reader of its output closes the pipe', async () => {
    const command = `"${process.execPath}" "${PROGRAM}" --help | true`;

    expect(await execute('sh', ['-c', command])).toEqual({ stdout: '', stderr: '' });
  });
});

describe('the command line', () => {
  it.each([
    ['', 'Usage: das-router'],
    ['rederive', "error: unknown command 'rederive'"],
    ['--verbose', "error: unknown option '--verbose'"],
    ['redrive', "error: required option '--from <kind>'"],
    ['redrive --from elsewhere --bucket archive', 'Allowed choices are quarantine, failures.'],
    ['redrive --from quarantine --bucket archive --since 2026-02-30', 'it may hold a day'],
    ['redrive --from quarantine --bucket archive --reason BAD_LUCK', 'Allowed choices are ENVELOPE_INVALID,'],
    ['redrive --from quarantine --bucket archive --prefix quarantine/', 'it may hold'],
    [
      'redrive --from failures --bucket archive --reason KEY_REJECTED',
      "'--reason' goes with '--from quarantine' alone",
    ],
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
  ])('refuses bad usage with 2 and reports what is wrong: %s', async (line, problem) => {
    const args = line.split(' ').filter((argument) => argument !== '');

    expect(await runCli('', args)).toEqual({ status: 2, stdout: '', stderr: expect.stringContaining(problem) });
  });

  it.each(COMMANDS)('explains the exit statuses of %s in its help', async (command) => {
    const stdout = expect.stringContaining('Exit status: 0');

    expect(await runCli('', [command, '--help'])).toEqual({ status: 0, stdout, stderr: '' });
  });
});
