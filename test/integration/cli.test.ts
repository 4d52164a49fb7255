import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../local/package.ts';

const PROGRAM = join(ROOT, 'dist', 'cli.js');

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

    for (const command of ['redrive', 'verify', 'tail', 'explain']) expect(stdout).toContain(`\n  ${command} `);
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

  it.each([[[]], [['rederive']], [['--verbose']]])('refuses bad usage with 2: %j', async (args) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });

    const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);

    expect(said).not.toBe('');
    expect(status).toBe(2);
  });

  it('takes it that its reader has seen enough', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${PROGRAM}" --help | true`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });

    expect(await text(child.stderr)).toBe('');
  });
});
