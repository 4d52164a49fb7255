import { defineConfig } from 'vitest/config';

export default defineConfig({
  // What it says of sources that a bundle's map names and it does not find: those that were left out.
  logLevel: 'error',
  test: {
    include: ['test/{unit,contract,template,integration}/**/*.test.ts', 'examples/**/*.test.ts'],
    // They take long, and reach no line that the others do not.
    exclude: ['test/integration/{poison-records,start,work}.test.ts'],
    reporters: ['dot'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    coverage: {
      provider: 'v8',
      reporter: ['json'],
      // Follows worker threads and child processes: there the built function, the command line and Serverless run.
      autoAttachSubprocess: true,
      // What is delivered, and the mappings. The rest of `local` stands in for AWS, and is judged by every test that runs on it; the
      // page has a browser (`npm run test:page`). A bundle is counted as the sources that its map names.
      include: ['{src,cli,infra,examples,local/mapping}/**/*.{ts,cjs}', 'dist/{handler.cjs,cli.js}'],
      exclude: ['examples/**/{dist,test}/**'],
      excludeAfterRemap: true,
    },
  },
});
