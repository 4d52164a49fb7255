import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts'],
    globalSetup: 'test/deploy/python.ts',
    testTimeout: 120_000,
  },
});
