import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GONE, isRunning, killStarted, start } from '../support/start.ts';
import { launchBrowser } from './browser.ts';
import { openPage } from './watched-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterEach(killStarted);
afterAll(() => browser?.close());

describe('npm start -- --keep', () => {
  it('ends on Ctrl-C while the page is open, and the page says that it shows the past', async () => {
    const { child, exit, output, says } = start('--records', '30', '--keep');
    await says('The run is shown at');
    const { page } = await openPage(browser, /The run is shown at (\S+)/.exec(output())?.[1] ?? '');
    await page.getByText('A record can be sent.').waitFor();
    await says('In a browser');
    process.kill(-(child.pid as number), 'SIGINT');

    expect(await exit, output()).toBe(0);
    await page.getByText('Not connected to the run: what stands here may be old.').waitFor();
    await vi.waitUntil(() => !isRunning(child), GONE);
    expect(await page.getByRole('button', { name: 'Send a DDL' }).isDisabled()).toBe(true);
  });
});
