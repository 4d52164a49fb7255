import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONSUMER_FOLDER } from '../../../local/consumer.ts';
import { packageService, ROOT } from '../../../local/package.ts';
import { installPacked } from '../../../test/support/packed.ts';
import { findErrors } from '../../../test/support/validate-template.ts';

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** What its README has installed. */
const README = await readFile(join(CONSUMER_FOLDER, 'README.md'), 'utf8');
const INSTALLED = [...README.matchAll(/^npm install (.*)$/gm)]
  .flatMap(([, names = '']) => names.split(' '))
  .filter((name) => !name.startsWith('-') && !name.startsWith('.'))
  .map((name) => name.replace(/(?<=.)@.*/, ''));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-copied-'));
  for (const file of await readdir(CONSUMER_FOLDER)) {
    if (/^[a-z].*\.\w+$/.test(file)) await cp(join(CONSUMER_FOLDER, file), join(folder, file));
  }
  await promisify(execFile)('npm', ['init', '--yes'], { cwd: folder });
  await installPacked(folder);
  // The rest as it is installed here already: no registry is asked.
  for (const name of [...INSTALLED, '@types/node', 'undici-types']) {
    const place = join(folder, 'node_modules', name);
    await mkdir(join(place, '..'), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), place);
  }
});
afterAll(() => rm(folder, { recursive: true }));

it('a copy of the consumer compiles against the packed package, with what its README installs', async () => {
  const strict = ['--strict', '--noEmit', '--allowImportingTsExtensions', '--module', 'nodenext', '--target', 'es2024'];
  const command = [TSC, ...strict, '--types', 'node', 'handler.ts'];

  await expect(promisify(execFile)(process.execPath, command, { cwd: folder })).resolves.toBeDefined();
});

it("a copy of the consumer is packaged with nothing but its handler, and AWS' own validator finds no error", async () => {
  const { template, code } = await packageService({}, undefined, folder);

  expect(findErrors(JSON.stringify(template))).toEqual([]);
  expect(Object.keys(unzipSync(code))).toEqual(['dist/handler.cjs']);
  expect(Object.values(template.Resources).map(({ Type: type }) => type)).toContain('AWS::Lambda::EventSourceMapping');
  expect(code.length).toBeGreaterThan(10_000);
});
