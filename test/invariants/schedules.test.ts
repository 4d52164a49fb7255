import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { checkSeed, SCHEDULES } from '../simulation/check-seed.ts';
import { createWorld, type World } from '../simulation/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(inject('template'));
});
afterAll(() => world.close());

// One alone: npm run test:soak -- --seed <number>
describe('whatever arrives, however it is read, and whatever goes wrong', () => {
  it.each(Array.from({ length: SCHEDULES }, (_, seed) => seed))(
    'the schedule of seed %d keeps every promise',
    async (seed) => {
      expect(await checkSeed(seed, world)).toEqual([]);
    },
  );
});
