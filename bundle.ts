import type { BuildOptions } from 'esbuild';

/** What all bundles have in common. */
export const BUNDLE: BuildOptions = { bundle: true, platform: 'node', legalComments: 'none', logLevel: 'warning' };

/** The function: one self-contained file that runs on Node 24 with no node_modules. */
export const HANDLER_BUNDLE: BuildOptions = {
  ...BUNDLE,
  entryPoints: ['src/handler.ts'],
  target: 'node24',
  format: 'cjs',
  // ES modules first: esbuild can leave out what is not used of them.
  mainFields: ['module', 'main'],
  minify: true,
};
