// Breaks the function on purpose, one place after another, and fails where the schedules stay green.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { build, type Plugin } from 'esbuild';
import { HANDLER_BUNDLE } from '../../bundle.ts';
import { withProgress } from '../../cli/progress.ts';
import { packageService, ROOT } from '../../local/package.ts';
import { checkSeed } from '../simulation/check-seed.ts';
import { createWorld, type World } from '../simulation/world.ts';
import { REQUIRED } from '../support/stack.ts';
import { BREAKAGES, type Breakage } from './breakages.ts';

interface Result {
  readonly breakage: Breakage;
  /** The first seed that turned red, and what it said; null where none did. */
  readonly red: { readonly seed: number; readonly violation: string } | null;
}

/** As many as `npm test` runs. */
const SEEDS = 300;

const folder = await mkdtemp(join(tmpdir(), 'das-router-'));
const world = await createWorld((await packageService(REQUIRED)).template);
try {
  const results = await withProgress('Breaking', async (advance) => {
    const results: Result[] = [];
    for (const breakage of BREAKAGES) {
      results.push({ breakage, red: await findRed(breakage, world) });
      advance(results.length, BREAKAGES.length);
    }
    return results;
  });
  const table = new Table({ head: ['The function', 'seed', 'broken'], style: { head: [], border: [] } });
  for (const { breakage, red } of results)
    table.push([breakage.name, red?.seed ?? '', red?.violation ?? 'STAYED GREEN']);
  const green = results.filter(({ red }) => red === null).length;
  process.stdout.write(
    `${table}\n${results.length - green} of ${results.length} breakages turned the schedules red.\n`,
  );
  process.exitCode = green === 0 ? 0 : 1;
} finally {
  await world.close();
  await rm(folder, { recursive: true });
}

async function findRed(breakage: Breakage, world: World): Promise<Result['red']> {
  const bundle = join(folder, `${BREAKAGES.indexOf(breakage)}.cjs`);
  await build({ ...HANDLER_BUNDLE, absWorkingDir: ROOT, outfile: bundle, plugins: [breakSource(breakage)] });
  for (let seed = 0; seed < SEEDS; seed++) {
    const [violation] = await checkSeed(seed, world, bundle);
    if (violation !== undefined) return { seed, violation: violation.replace(/cluster-\S+/, '…').slice(0, 60) };
  }
  return null;
}

function breakSource({ name, file, from, to }: Breakage): Plugin {
  return {
    name: 'break',
    setup({ onLoad, onEnd }) {
      let broken = false;
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== join(ROOT, file)) return null;
        const source = await readFile(path, 'utf8');
        if (source.split(from).length !== 2) throw new Error(`${file} no longer has the place where it “${name}”`);
        broken = true;
        return { contents: source.replace(from, () => to), loader: 'ts' };
      });
      onEnd(() => {
        if (!broken) throw new Error(`${file} is not in the bundle`);
      });
    },
  };
}
