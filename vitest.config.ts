import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    // npm run test:deploy, npm run test:page
    exclude: ['test/deploy/**', 'test/page/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
