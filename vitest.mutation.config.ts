import { defineConfig } from 'vitest/config';

// npm run test:mutation: what stryker.config.json mutates is judged by these tests alone.
export default defineConfig({
  test: {
    include: ['test/unit/{sql,engines,patterns,transforms}/**/*.test.ts', 'test/unit/drop-rules.test.ts'],
    testTimeout: 60_000,
  },
});
