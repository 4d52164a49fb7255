import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../local/package.ts';
import { PROGRAM, runCli } from '../support/cli.ts';

const COMMANDS = ['redrive', 'verify', 'tail', 'explain'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the built command line', () => {
  it('runs as a program of its own, far from every node_modules', async () => {
    const copy = join(folder, 'das-router.mjs');
    await copyFile(PROGRAM, copy);

    const { stdout } = await promisify(execFile)(copy, ['--help'], { cwd: folder });

    for (const command of COMMANDS) expect(stdout).toContain(`\n  ${command} `);
    expect(stdout).toContain('Exit status: 0');
  });

  it('is what npx runs in a checkout', async () => {
    const environment = {
      PATH: process.env.PATH,
      HOME: folder,
      npm_config_cache: folder,
      npm_config_offline: 'true',
      npm_config_ignore_scripts: 'true',
    };

    const { stdout } = await promisify(execFile)('npx', ['das-router', 'verify', '--help'], {
      cwd: ROOT,
      env: environment,
    });

    expect(stdout).toContain('--gap-minutes');
  });

  it('ends in silence when its reader has seen enough', async () => {
    const command = `"${process.execPath}" "${PROGRAM}" --help | true`;

    expect(await promisify(execFile)('sh', ['-c', command])).toEqual({ stdout: '', stderr: '' });
  });
});

describe('the command line', () => {
  it.each([[[]], [['rederive']], [['--verbose']]])('refuses bad usage with 2: %j', async (args) => {
    const { status, stdout, stderr } = await runCli('', args);

    expect(stderr).not.toBe('');
    expect([status, stdout]).toEqual([2, '']);
  });

  it.each(COMMANDS)('explains the exit statuses of %s in its help', async (command) => {
    const { status, stdout } = await runCli('', [command, '--help']);

    expect(stdout).toContain('Exit status: 0');
    expect(status).toBe(0);
  });
});
