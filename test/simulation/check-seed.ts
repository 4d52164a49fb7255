import { findViolations } from './invariants.ts';
import { createRandomScenario } from './random-scenario.ts';
import { redriveRun } from './redrive.ts';
import { type Observation, type Scenario, simulate } from './simulate.ts';
import type { World } from './world.ts';

/** How many schedules `npm test` runs. `npm run test:sabotage` fails where a breakage needs more than half of them. */
export const SCHEDULES = 100;

/** Runs the schedule of a seed, redrives what it left, and names every promise that was broken. */
export async function checkSeed(seed: number, world: World, bundle?: string): Promise<readonly string[]> {
  return checkScenario(createRandomScenario(seed, world.templates), world, bundle);
}

export async function checkScenario(scenario: Scenario, world: World, bundle?: string): Promise<readonly string[]> {
  const run = await simulate(scenario, world, bundle);
  return [...findViolations(run), ...(await checkRedrive(run, world))];
}

/** 11. Redrive converges to 1–3, and running it twice changes nothing. */
async function checkRedrive(run: Observation, world: World): Promise<readonly string[]> {
  if (run.failures.length + run.store.quarantine.size === 0) return [];
  const failures = await redriveRun('failures', run, world);
  const quarantine = await redriveRun('quarantine', run, world);
  await run.store.refresh();
  const converged = findViolations({ ...run, failures: [] });
  const [keys, answers, replaced] = [run.store.keys().length, run.answers.length, run.store.replaced.size];
  const again = await redriveRun('failures', run, world);
  const unsent = again.length === 0 && run.answers.length === answers;
  const poisonAgain = await redriveRun('quarantine', run, world);
  await run.store.refresh();
  return [
    ...converged.map((violation) => `11: after redrive: ${violation}`),
    ...failures.filter(({ state }) => state !== 'redriven').map(({ key, code }) => `11: ${key} is left: ${code}`),
    ...[...quarantine, ...poisonAgain]
      .filter(({ state }) => state !== 'quarantined again')
      .map(({ key, state, code }) => `11: ${key} is poison for ever, but ${state}: ${code}`),
    ...(unsent ? [] : ['11: a second redrive sent something']),
    ...(run.store.keys().length > keys || run.store.replaced.size > replaced
      ? ['11: a second redrive changed something']
      : []),
  ];
}
