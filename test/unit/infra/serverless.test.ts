import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';

it('a Node that reads no TypeScript is told which one does', () => {
  const program = "require('./infra/serverless.cjs')({}).catch(({ message }) => console.log(message))";

  const printed = execFileSync(process.execPath, ['--no-experimental-strip-types', '--eval', program], { cwd: ROOT });

  expect(printed.toString().trim()).toBe(
    `Node ${process.versions.node} reads no TypeScript: run npx serverless, which takes the Node of npm ci.`,
  );
});

it('a parameter that is given twice is refused, of which Serverless takes the last alone', async () => {
  const createService = createRequire(import.meta.url)('../../../infra/serverless.cjs');
  const options = { param: ['streamArn=a', 'kmsKeyArn=b', 'streamArn=c'] };

  await expect(createService({ options, resolveVariable: async () => null })).rejects.toThrow(
    '--param streamArn is given twice, and Serverless takes the last alone: give several as a comma list.',
  );
});
