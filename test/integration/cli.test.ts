import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../local/package.ts';
import { PROGRAM } from '../support/cli.ts';

const execute = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-cli-'));
  return () => rm(folder, { recursive: true });
});

it('the built command line runs as a program of its own, far from every node_modules', async () => {
  const copy = join(folder, 'das-router.mjs');
  await copyFile(PROGRAM, copy);

  const { stdout } = await execute(copy, ['--help'], { cwd: folder });

  for (const command of ['redrive', 'verify', 'tail', 'explain']) expect(stdout).toContain(`\n  ${command} `);
  expect(stdout).toContain('Exit status: 0');
});

it('the built command line is what npx runs in a checkout', async () => {
  const npm = { npm_config_cache: folder, npm_config_offline: 'true', npm_config_ignore_scripts: 'true' };
  const env = { PATH: process.env.PATH, HOME: folder, ...npm };

  const { stdout } = await execute('npx', ['das-router', 'verify', '--help'], { cwd: ROOT, env });

  expect(stdout).toContain('--gap-minutes');
});

it('the built command line prints no error when the reader of its output closes the pipe', async () => {
  const command = `"${process.execPath}" "${PROGRAM}" --help | true`;

  expect(await execute('sh', ['-c', command])).toEqual({ stdout: '', stderr: '' });
});
