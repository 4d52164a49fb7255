// Bundles the Lambda: one self-contained file that runs on Node 24 with no node_modules.
import { rename } from 'node:fs/promises';
import { build } from 'esbuild';

const OUTPUT = 'dist/handler.cjs';
const unfinished = `${OUTPUT}.${process.pid}`;

await build({
  entryPoints: ['src/handler.ts'],
  outfile: unfinished,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // ES modules first: esbuild can leave out what is not used of them.
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
});
// At once: who loads the bundle while it is built anew must not get half of it.
await rename(unfinished, OUTPUT);
