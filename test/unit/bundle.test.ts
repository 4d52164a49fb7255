import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { HANDLER_BUNDLE } from '../../bundle.ts';
import { ROOT } from '../../local/package.ts';

it('what the bundle leaves out is wanted by nobody but the package that exports it', async () => {
  const { metafile } = await build({ ...HANDLER_BUNDLE, absWorkingDir: ROOT, write: false, metafile: true });

  const importers = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports.some(({ path }) => path.startsWith('left-out:')) ? [file] : [],
  );

  expect(importers).toEqual([expect.stringMatching(/@aws-crypto\/client-node\//)]);
});
