// Builds the Lambda, one self-contained file that runs on Node 24 with no node_modules, the package for consumers, and the
// command line.
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { BUNDLE, HANDLER_BUNDLE } from './bundle.ts';

const OUTPUT = 'dist';
const unfinished = join(OUTPUT, `.${process.pid}`);

try {
  await Promise.all([bundleHandler(), bundleIndex(), bundleCli(), declareTypes()]);
  // At once, file by file: who loads the bundle while it is built anew must not get half of it.
  for (const file of await readdir(unfinished, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const from = join(file.parentPath, file.name);
    const to = join(OUTPUT, relative(unfinished, from));
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  }
} finally {
  await rm(unfinished, { recursive: true, force: true });
}

async function bundleHandler(): Promise<void> {
  await build({ ...HANDLER_BUNDLE, outfile: join(unfinished, 'handler.cjs') });
}

async function bundleIndex(): Promise<void> {
  await build({
    ...BUNDLE,
    entryPoints: ['src/index.ts'],
    outfile: join(unfinished, 'index.js'),
    target: 'node20',
    format: 'esm',
  });
}

async function bundleCli(): Promise<void> {
  const outfile = join(unfinished, 'cli.js');
  await build({
    ...BUNDLE,
    entryPoints: ['cli/index.ts'],
    outfile,
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    banner: {
      // What is CommonJS among the bundled packages asks for Node's own modules with `require`.
      js: `#!/usr/bin/env node
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);`,
    },
  });
  await chmod(outfile, 0o755);
}

async function declareTypes(): Promise<void> {
  const compiler = join(import.meta.dirname, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = ['--project', 'tsconfig.declarations.json', '--outDir', unfinished];
  await promisify(execFile)(process.execPath, [compiler, ...project]);
}
