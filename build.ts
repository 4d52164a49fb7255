// Builds the Lambda, one self-contained file that runs on Node 24 with no node_modules, the package for consumers, and the
// command line.
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLE, HANDLER_BUNDLE, MEASURED } from './bundle.ts';

const OUTPUT = 'dist';
const unfinished = join(OUTPUT, `.${process.pid}`);

try {
  await mkdir(unfinished, { recursive: true });
  await Promise.all([bundle('handler.cjs', HANDLER_BUNDLE), bundleIndex(), bundleCli(), declareTypes()]);
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

async function bundleIndex(): Promise<void> {
  await bundle('index.js', { ...BUNDLE, entryPoints: ['src/index.ts'], target: 'node20', format: 'esm' });
}

async function bundleCli(): Promise<void> {
  const file = await bundle('cli.js', {
    ...BUNDLE,
    entryPoints: ['cli/index.ts'],
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: !MEASURED,
    banner: {
      // What is CommonJS among the bundled packages asks for Node's own modules with `require`.
      js: `#!/usr/bin/env node
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);`,
    },
  });
  await chmod(file, 0o755);
}

/** Makes one file; what it says of its sources is true of the place where it will be. Answers where it is. */
async function bundle(name: string, options: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({ ...options, outfile: join(OUTPUT, name), write: false });
  const file = join(unfinished, name);
  for (const { contents } of outputFiles) await writeFile(file, contents);
  return file;
}

async function declareTypes(): Promise<void> {
  const compiler = join(import.meta.dirname, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = ['--project', 'tsconfig.declarations.json', '--outDir', unfinished];
  await promisify(execFile)(process.execPath, [compiler, ...project]);
}
