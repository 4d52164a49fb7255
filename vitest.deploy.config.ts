import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts'],
    globalSetup: 'test/deploy/python.ts',
    // Serverless packages into one folder of the project.
    fileParallelism: false,
    testTimeout: 120_000,
  },
});
