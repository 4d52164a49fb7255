import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulatedFunction } from '../../simulation/simulated-function.ts';
import { createVirtualTime } from '../../simulation/virtual-time.ts';

const START = Date.UTC(2026, 2, 1);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function start(code: string, timeoutMs = 60_000) {
  const file = join(folder, `${crypto.randomUUID()}.cjs`);
  await writeFile(file, `const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));\n${code}`);
  const time = createVirtualTime(START);
  const lambda = createSimulatedFunction(
    { file, timeoutMs, random: (caller) => caller.length / 100, environment: (caller) => ({ CALLER: caller }) },
    time,
  );
  return { time, lambda };
}

describe('the function in virtual time', () => {
  it('has its chance from outside, and else the Math of everybody', async () => {
    const { time, lambda } = await start('exports.handler = async () => [Math.random(), Math.max(1, 2), Math.PI];');

    const { response } = await time.run(lambda.invoke({}));

    expect(response).toEqual(['environment-1'.length / 100, 2, Math.PI]);
  });

  it('waits an hour at once, and sees it on its clock', async () => {
    const { time, lambda } = await start(
      `exports.handler = async () => { const from = Date.now(); await wait(3_600_000); return new Date() - from; };`,
      7_200_000,
    );

    const { response } = await time.run(lambda.invoke({}));

    expect(response).toBe(3_600_000);
    expect(time.clock.now()).toBe(START + 3_600_000);
  });

  it('is told how much time it has, and killed when that is over', async () => {
    const { time, lambda } = await start(
      `exports.handler = async (_, context) => { console.log(context.getRemainingTimeInMillis()); await wait(10_001); };`,
      10_000,
    );

    const invoked = time.run(lambda.invoke({}));

    await expect(invoked).rejects.toThrow('Task timed out');
    expect(time.clock.now()).toBe(START + 10_000);
    expect(lambda.isDead('environment-1')).toBe(true);
  });

  it('does nothing more once it is killed: no timer fires, no line is logged', async () => {
    const { time, lambda } = await start(
      `exports.handler = async () => { setInterval(() => process.stdout.write('alive\\n'), 1_000); await wait(60_000); };`,
    );
    const invoked = lambda.invoke({}).catch((cause: Error) => cause.message);
    time.timers.setTimeout(() => lambda.kill('environment-1'), 2_500);
    time.timers.setTimeout(() => undefined, 30_000);

    const outcome = await time.run(invoked);
    time.timers.tick(30_000);

    expect(outcome).toContain('signal: killed');
    expect(lambda.log).toEqual(['alive', 'alive']);
  });

  it('keeps its state while it is free, runs one event at a time, and starts anew after its end', async () => {
    const { time, lambda } = await start(
      `let count = 0; exports.handler = async () => { await wait(10); return process.env.CALLER + ' ' + ++count; };`,
    );
    const invoke = async () => (await lambda.invoke({})).response;

    const first = await time.run(invoke());
    const both = await time.run(Promise.all([invoke(), invoke()]));
    lambda.kill('environment-1');
    const others = await time.run(Promise.all([invoke(), invoke()]));

    expect(first).toBe('environment-1 1');
    expect(both.sort()).toEqual(['environment-1 2', 'environment-2 1']);
    expect(others).not.toContain('environment-1 3');
  });

  it('is killed at its deadline where it never answers', async () => {
    const { time, lambda } = await start(`exports.handler = () => new Promise(() => undefined);`, 5_000);

    await expect(time.run(lambda.invoke({}))).rejects.toThrow('Task timed out');
  });
});
