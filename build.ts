// Bundles the Lambda: one self-contained file that runs on Node 24 with no node_modules.
import { build } from 'esbuild';

await build({
  entryPoints: ['src/handler.ts'],
  outfile: 'dist/handler.cjs',
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
