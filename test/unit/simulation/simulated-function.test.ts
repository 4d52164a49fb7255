import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSimulatedFunction } from '../../simulation/simulated-function.ts';
import { createVirtualTime } from '../../simulation/virtual-time.ts';

async function start(handler: string, timeoutMs = 7_200_000) {
  const folder = await mkdtemp(join(tmpdir(), 'das-router-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'handler.cjs');
  const wait = 'const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));';
  await writeFile(file, `${wait} let count = 0; exports.handler = async (_, context) => { ${handler} };`);
  const time = createVirtualTime(0);
  const rolls: string[] = [];
  const random = (caller: string) => rolls.push(caller) / 8;
  const environment = (caller: string) => ({ CALLER: caller });
  return { time, rolls, lambda: createSimulatedFunction({ file, timeoutMs, random, environment }, time) };
}

describe('the simulated function', () => {
  it.each([
    ['takes random numbers from the settings', 'return [Math.random(), Math.max(1, 2), Math.PI];', [0.125, 2, Math.PI]],
    ['waits in virtual time', 'const from = Date.now(); await wait(3_600_000); return new Date() - from;', 3_600_000],
  ])('%s', async (_name, handler, expected) => {
    const { time, lambda } = await start(handler);

    const { response } = await time.run(lambda.invoke({}));

    expect(response).toEqual(expected);
  });

  it('receives its remaining time, and is killed when that is over', async () => {
    const write = 'process.stdout.write(String(context.getRemainingTimeInMillis()));';
    const { time, lambda } = await start(`await wait(4_000); ${write} await new Promise(() => undefined);`, 10_000);

    await expect(time.run(lambda.invoke({}))).rejects.toThrow('Task timed out');
    expect(time.clock.now()).toBe(10_000);
    expect(lambda.isDead('environment-1')).toBe(true);
    expect(lambda.log).toEqual(['6000']);
  });

  it('does nothing more once it is killed: no timer fires, no line is logged', async () => {
    const { time, rolls, lambda } = await start(
      'setInterval(() => process.stdout.write(String(Math.random())), 1_000); await wait(60_000);',
    );
    const invoked = lambda.invoke({}).catch((cause: Error) => cause.message);
    time.timers.setTimeout(() => lambda.kill('environment-1'), 2_500);
    time.timers.setTimeout(() => undefined, 30_000);

    const outcome = await time.run(invoked);
    time.timers.tick(30_000);

    expect(outcome).toContain('signal: killed');
    expect(lambda.log).toEqual(['0.125', '0.25']);
    expect(rolls).toHaveLength(2);
  });

  it('keeps its state while it is free, runs one event at a time, and starts anew after its end', async () => {
    const { time, lambda } = await start(`await wait(10); return process.env.CALLER + ' ' + ++count;`);
    const invoke = async () => (await lambda.invoke({})).response;

    const first = await time.run(invoke());
    const both = await time.run(Promise.all([invoke(), invoke()]));
    lambda.kill('environment-1');
    const others = await time.run(Promise.all([invoke(), invoke()]));

    expect(first).toBe('environment-1 1');
    expect(both.sort()).toEqual(['environment-1 2', 'environment-2 1']);
    expect(others).not.toContain('environment-1 3');
  });
});
