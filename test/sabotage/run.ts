// Breaks the function on purpose, one place after another, and fails where the schedules stay green.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import Table from 'cli-table3';
import { build, type Plugin } from 'esbuild';
import { HANDLER_BUNDLE } from '../../bundle.ts';
import { withProgress } from '../../cli/progress.ts';
import { ROOT } from '../../local/package.ts';
import { checkSeed, SCHEDULES } from '../simulation/check-seed.ts';
import { postResult, runInWorkers, takeItems } from '../simulation/in-workers.ts';
import { createWorld, type World } from '../simulation/world.ts';
import { type BrokenFile, breakSource, parseSource } from './break-source.ts';
import { BREAKAGES, type Breakage } from './breakages.ts';

type Broken = BrokenFile & Pick<Breakage, 'name' | 'invariant'>;

interface Result {
  readonly name: string;
  /** The first seed whose schedule broke the expected invariant, and the violation; null where none did. */
  readonly red: { readonly seed: number; readonly violation: string } | null;
}

/** `npm test` must run this many times the schedules that the breakages need. */
const MARGIN = 2;

if (isMainThread) await main();
else await work();

async function main(): Promise<void> {
  const files = parseSource();
  const broken = BREAKAGES.map((breakage): Broken => ({ ...breakage, ...breakSource(breakage, files) }));
  const reds = new Map<string, Result['red']>();
  await withProgress('Breaking', (advance) =>
    runInWorkers<Broken, Result>(import.meta.filename, broken, ({ name, red }) => {
      reds.set(name, red);
      advance(reds.size, broken.length);
    }),
  );
  const table = new Table({ head: ['The function', 'seed', 'broken'], style: { head: [], border: [] } });
  for (const { name } of broken) {
    const red = reds.get(name);
    table.push([name, red?.seed ?? '', red?.violation ?? 'STAYED GREEN']);
  }
  const seeds = [...reds.values()].flatMap((red) => red?.seed ?? []);
  const highest = Math.max(0, ...seeds);
  const needed = MARGIN * (highest + 1);
  process.stdout.write(`${table}\n${seeds.length} of ${broken.length} breakages turned the schedules red.
The highest seed needed is ${highest}; npm test runs ${SCHEDULES} schedules and must run at least ${needed}.\n`);
  process.exitCode = seeds.length === broken.length && needed <= SCHEDULES ? 0 : 1;
}

async function work(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'das-router-'));
  const world = await createWorld();
  try {
    for (const broken of takeItems<Broken>()) {
      const bundle = join(folder, `${crypto.randomUUID()}.cjs`);
      await bundleBroken(broken, bundle);
      postResult<Result>({ name: broken.name, red: await findRed(bundle, broken.invariant, world) });
    }
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
}

async function bundleBroken(broken: BrokenFile, outfile: string): Promise<void> {
  const breakFile: Plugin = {
    name: 'break-file',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        path === join(ROOT, broken.path) ? { contents: broken.text, loader: 'ts' } : null,
      );
    },
  };
  const plugins = [...(HANDLER_BUNDLE.plugins ?? []), breakFile];
  await build({ ...HANDLER_BUNDLE, absWorkingDir: ROOT, outfile, plugins });
}

async function findRed(bundle: string, invariant: number, world: World): Promise<Result['red']> {
  const isExpected = (violation: string) => `: ${violation}`.includes(`: ${invariant}: `);
  for (let seed = 0; seed < SCHEDULES; seed++) {
    const violation = (await checkSeed(seed, world, bundle)).find(isExpected);
    if (violation !== undefined) return { seed, violation: violation.replace(/cluster-\S+/, '…').slice(0, 60) };
  }
  return null;
}
