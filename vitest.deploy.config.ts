import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts'],
    // Each packages serverless.yml, by a command that takes no lock of ours.
    fileParallelism: false,
    globalSetup: 'test/deploy/python.ts',
    testTimeout: 120_000,
  },
});
