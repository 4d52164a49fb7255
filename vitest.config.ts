import { defineConfig } from 'vitest/config';
import { coverageVerdict } from './test/coverage/verdict.ts';
import { SlowestFirst } from './test/setup/slowest-first.ts';

/** Both cores of the smallest machine that runs the tests; Vitest would leave one idle. */
const WORKERS = 2;
/** These run the bundles as they are shipped; where coverage is measured, bundles are not minified. */
const AS_SHIPPED = ['test/integration/{cli,package}.test.ts'];
const COMMON = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // The simulation compiles the bundle with an option of node:vm that is experimental.
  execArgv: ['--disable-warning=ExperimentalWarning'],
};

export default defineConfig({
  // The source maps of the bundles name files of packages that are not installed with their sources: no reason for a warning.
  logLevel: 'error',
  test: {
    maxWorkers: WORKERS,
    reporters: ['default', coverageVerdict],
    sequence: { sequencer: SlowestFirst },
    coverage: {
      provider: 'v8',
      reporter: [],
      // Follows worker threads and child processes: the built function, the command line and Serverless run there.
      autoAttachSubprocess: true,
      // What is delivered, and the event source mapping. The rest of `local` stands in for AWS, and every test that runs on it
      // judges it; the page has a browser (`npm run test:page`). A bundle counts as the sources that its source map names.
      include: ['{src,cli,infra,examples,local/mapping}/**/*.{ts,cjs}', 'dist/{handler.cjs,cli.js}'],
      exclude: ['examples/**/{dist,test}/**'],
      excludeAfterRemap: true,
    },
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/{unit,property,contract}/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
          ...COMMON,
        },
      },
      {
        test: {
          name: 'built',
          include: ['test/{integration,template}/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: AS_SHIPPED,
          globalSetup: 'test/setup/build.ts',
          isolate: false,
          ...COMMON,
        },
      },
      {
        test: {
          name: 'shipped',
          include: ['test/invariants/*.test.ts', ...AS_SHIPPED],
          globalSetup: 'test/setup/build.ts',
          isolate: false,
          ...COMMON,
        },
      },
    ],
  },
});
