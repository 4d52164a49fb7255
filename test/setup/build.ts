import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { packageService, ROOT, type Template } from '../../local/package.ts';
import { REQUIRED } from '../support/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The template that `serverless package` makes with the required parameters alone. */
    readonly template: Template;
    /** The code that it packages, a zip file in base64. */
    readonly code: string;
  }
}

let isMeasured = false;

/** Builds the bundles and packages `serverless.yml`, once for all files. */
export async function setup({ config, provide }: TestProject): Promise<void> {
  isMeasured = config.coverage.enabled;
  // With coverage the bundles must say which source each line is of: `bundle.ts` looks at the variable.
  await build(isMeasured ? { NODE_V8_COVERAGE: config.coverage.reportsDirectory } : {});
  const { template, code } = await packageService(REQUIRED);
  provide('template', template);
  provide('code', Buffer.from(code).toString('base64'));
}

/** Leaves the bundles behind that are deployed. */
export async function teardown(): Promise<void> {
  if (isMeasured) await build({});
}

async function build(environment: Readonly<Record<string, string>>): Promise<void> {
  await promisify(execFile)(process.execPath, ['build.ts'], { cwd: ROOT, env: { ...process.env, ...environment } });
}
