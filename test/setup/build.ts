import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { ROOT } from '../../local/package.ts';

let isMeasured = false;

/** Builds the bundles, once for all files. */
export async function setup({ config }: TestProject): Promise<void> {
  isMeasured = config.coverage.enabled;
  // With coverage the bundles must say which source each line is of: `bundle.ts` looks at the variable.
  await build(isMeasured ? { NODE_V8_COVERAGE: config.coverage.reportsDirectory } : {});
}

/** Leaves the bundles behind that are deployed. */
export async function teardown(): Promise<void> {
  if (isMeasured) await build({});
}

async function build(environment: Readonly<Record<string, string>>): Promise<void> {
  await promisify(execFile)(process.execPath, ['build.ts'], { cwd: ROOT, env: { ...process.env, ...environment } });
}
