import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';

/** Asks the file as Serverless does, in a process of its own: it is CommonJS. Answers what it fails with. */
async function failWith(parameters: readonly string[], ...flags: readonly string[]): Promise<string> {
  const program = `require('./infra/serverless.cjs')({
    options: { param: ${JSON.stringify(parameters)} },
    resolveVariable: async () => null,
  }).catch(({ message }) => console.log(message))`;
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', program], { cwd: ROOT });
  return stdout.trim();
}

it('a Node that reads no TypeScript is told which one does', async () => {
  expect(await failWith([], '--no-experimental-strip-types')).toBe(
    `Node ${process.versions.node} reads no TypeScript: run npx serverless, which takes the Node of npm ci.`,
  );
});

it('a parameter that is given twice is refused, of which Serverless takes the last alone', async () => {
  expect(await failWith(['streamArn=a', 'kmsKeyArn=b', 'streamArn=c'])).toBe(
    '--param streamArn is given twice, and Serverless takes the last alone: give several as a comma list.',
  );
});
