/**
 * Changes the sources of a folder, and lets the tests of the folder of the same name judge each change: all other tests would
 * take ten times as long and notice little more.
 */
export function configure(folder) {
  return {
    plugins: ['@stryker-mutator/vitest-runner'],
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', dir: `test/unit/${folder}` },
    mutate: [`src/${folder}/**/*.ts`],
    ignorePatterns: ['**', '!src/**', '!test/**', '!local/**', '!package.json'],
    coverageAnalysis: 'perTest',
    concurrency: 2,
    timeoutMS: 2500,
    thresholds: { high: 95, low: 90, break: 85 },
    reporters: ['clear-text', 'json'],
    clearTextReporter: { reportTests: false, logTests: false },
    jsonReporter: { fileName: `.stryker/${folder}.json` },
    tempDirName: '.stryker/tmp',
  };
}
