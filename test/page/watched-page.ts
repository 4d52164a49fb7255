import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** A page of a browser, with what a person would see in its console, and whom it asked. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly origins: ReadonlySet<string>;
}

/** Opens a URL in a context of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  await page.goto(url);
  return { page, complaints, origins };
}

/** A table's rows as texts, by the table body's id. */
export async function readTable(page: Page, id: string): Promise<readonly (readonly string[])[]> {
  const rows = await page.locator(`#${id} tr`).all();
  return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
}
