import type { BuildOptions, Plugin } from 'esbuild';

/**
 * Keyrings of the Encryption SDK that call KMS and DynamoDB: it exports them beside what the function uses, and in
 * CommonJS esbuild cannot tell. Left in they are a sixth of the bundle, and load at every start.
 */
const UNUSED_KEYRINGS = /^@aws-crypto\/(branch-keystore-node|kms-keyring-node)$/;

const leaveOutUnusedKeyrings: Plugin = {
  name: 'leave-out-unused-keyrings',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: UNUSED_KEYRINGS }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /^/, namespace: 'left-out' }, () => ({ contents: '' }));
  },
};

/** Whether Node measures coverage: then the bundles are not minified, and their source maps name the line of each source. */
export const MEASURED = process.env.NODE_V8_COVERAGE !== undefined;

/** What all bundles have in common. */
export const BUNDLE: BuildOptions = {
  bundle: true,
  sourcemap: MEASURED && 'inline',
  sourcesContent: false,
  platform: 'node',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [leaveOutUnusedKeyrings],
};

/** The function: one self-contained file that runs on Node 24 with no node_modules. */
export const HANDLER_BUNDLE: BuildOptions = {
  ...BUNDLE,
  entryPoints: ['src/handler.ts'],
  target: 'node24',
  format: 'cjs',
  // ES modules first: esbuild can leave out what is not used of them.
  mainFields: ['module', 'main'],
  minify: !MEASURED,
};
