import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Resources } from '../infra/cloudformation.ts';

/** The root of the checkout. */
export const ROOT = join(import.meta.dirname, '..');

/** The program behind `npx serverless`. */
export const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

export interface Template {
  readonly Resources: Resources;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** What `serverless package` makes of `serverless.yml`. */
export interface ServicePackage {
  readonly template: Template;
  /** The function's code, a zip file. */
  readonly code: Uint8Array;
}

/** Builds the bundle and packages `serverless.yml` with the Serverless Framework itself; nothing is read past it. */
export async function packageService(
  parameters: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<ServicePackage> {
  const folder = await mkdtemp(join(tmpdir(), 'das-router-'));
  try {
    const command = [SERVERLESS, 'package', '--package', folder, ...toOptions(parameters)];
    await promisify(execFile)(process.execPath, command, { cwd: ROOT, signal }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      // Where it says what is wrong.
      throw new Error(`serverless package failed: ${(cause as { stdout?: string }).stdout}`, { cause });
    });
    const template = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
    return { template: JSON.parse(template), code: await readFile(join(folder, 'das-router.zip')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Parameters as a person gives them on the command line. */
export function toOptions(parameters: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
}
