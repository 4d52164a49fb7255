import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts'],
    globalSetup: 'test/deploy/setup.ts',
    // Moto replays the events of the bus to every rule, in the midst of what another file counts.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 120_000,
  },
});
