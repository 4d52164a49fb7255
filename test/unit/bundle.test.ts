import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { HANDLER_BUNDLE } from '../../bundle.ts';
import { ROOT } from '../../local/package.ts';

const { metafile } = await build({ ...HANDLER_BUNDLE, absWorkingDir: ROOT, write: false, metafile: true });

it('the function is made of few packages', () => {
  const imported = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    file.startsWith('src/')
      ? imports.flatMap(({ path }) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
      : [],
  );

  expect([...new Set(imported)].sort()).toEqual([
    '@aws-crypto/client-node',
    '@aws-crypto/material-management',
    '@aws-lambda-powertools/logger',
    '@aws-lambda-powertools/metrics',
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/client-kms',
    '@aws-sdk/client-s3',
    '@middy/core',
    'lru-cache',
    'p-map',
    'p-retry',
  ]);
});

it('what the bundle leaves out is wanted by nobody but the package that exports it', () => {
  const importers = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports.some(({ path }) => path.startsWith('left-out:')) ? [file] : [],
  );

  expect(importers).toEqual([expect.stringMatching(/@aws-crypto\/client-node\//)]);
});
