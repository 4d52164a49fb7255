import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Resources } from '../infra/cloudformation.ts';
import { clientEnvironment } from './aws/index.ts';
import { withLock } from './lock.ts';

/** The root of the checkout. */
export const ROOT = join(import.meta.dirname, '..');

/** The program behind `npx serverless`. */
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

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

/**
 * Builds the bundle and packages the `serverless.yml` of a folder with the Serverless Framework itself; nothing is read
 * past it.
 */
export async function packageService(
  parameters: Readonly<Record<string, string>>,
  signal?: AbortSignal,
  serviceFolder: string = ROOT,
): Promise<ServicePackage> {
  const folder = await mkdtemp(join(tmpdir(), 'das-router-'));
  try {
    // Whoever packages has no need of an account.
    const environment = clientEnvironment('http://127.0.0.1:9', 'nobody');
    const command = ['package', '--package', folder, ...toOptions(parameters)];
    // Two at a time would tread on each other in the folder .serverless.
    const run = () => runServerless(command, environment, signal, serviceFolder);
    await withLock(join(serviceFolder, '.serverless.lock'), run, signal);
    const template = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
    const [zip = ''] = (await readdir(folder)).filter((file) => file.endsWith('.zip'));
    return { template: JSON.parse(template), code: await readFile(join(folder, zip)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a command as `npx serverless` does. Throws an error with what it said. */
export async function runServerless(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
  serviceFolder: string = ROOT,
): Promise<void> {
  const options = { cwd: serviceFolder, env: { ...process.env, ...environment }, signal };
  await promisify(execFile)(process.execPath, [SERVERLESS, ...command], options).catch((cause: unknown) => {
    signal?.throwIfAborted();
    // Where it says what is wrong.
    throw new Error(`serverless ${command[0]} failed: ${(cause as { stdout?: string }).stdout}`, { cause });
  });
}

/** Parameters as a person gives them on the command line. */
function toOptions(parameters: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
}
