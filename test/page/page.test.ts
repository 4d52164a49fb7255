import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import axe from 'axe-core';
import { type Browser, type Page as BrowserPage, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { type Outcome, readOutcome } from '../../local/outcome.ts';
import { sendRecord } from '../../local/page/send-record.ts';
import { type Page, servePage } from '../../local/page/serve-page.ts';
import { type ConsumedService, deployLocally, finish, putWorkload, RESOURCE_IDS } from '../../local/run.ts';
import { queueOf } from '../../local/service.ts';
import { writeEventNow } from '../../local/workload.ts';
import { ACTIVITY_CLASSES } from '../../src/activity.ts';
import { matchesPattern } from '../../src/patterns/pattern.ts';

/** Programs that run the page, unless the variable CHROMIUM has the path of another. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const RECORDS = 30;
const NEVER = new AbortController().signal;
/** For what is shown with the next snapshot. */
const SOON = { timeout: 20_000, interval: 100 };
const BUTTONS = ['Send a DDL', 'Send a failed login', 'Send a poison record'];
const READY = 'A record can be sent.';
const OVER = 'That is all that was seen of it.';
const ALERTS = 'Alerts of the sample consumer';

/** In the browser: the elements that end beyond the edge of their section, or of the window. */
const BEYOND_ITS_EDGE = `[...document.querySelectorAll('section, section *:not(thead, thead *)')]
  .filter((element) => {
    const edge = element.matches('section') ? innerWidth : element.closest('section').getBoundingClientRect().right;
    return element.getBoundingClientRect().right > edge;
  })
  .map(({ outerHTML }) => outerHTML)`;

let service: ConsumedService;
let served: Page;
let browser: Browser;
let page: BrowserPage;
/** What the page writes to its console, and the origins that it sends requests to. */
const complaints: string[] = [];
const origins = new Set<string>();

beforeAll(async () => {
  const [found = ''] = spawnSync('which', BROWSERS, { encoding: 'utf8' }).stdout.split('\n');
  const executablePath = process.env.CHROMIUM ?? found;
  if (executablePath === '') throw new Error(`The page needs one of ${BROWSERS.join(', ')}: apt-get install chromium`);
  // Chromium's sandbox refuses to run as root.
  const chromiumSandbox = process.getuid?.() !== 0;
  browser = await chromium.launch({ executablePath, args: ['--disable-gpu', '--disable-quic'], chromiumSandbox });
  service = await deployLocally(NEVER);
  served = await servePage(service, RECORDS);
  page = await browser.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (asked) => origins.add(new URL(asked.url()).origin));
  await page.addInitScript({ content: axe.source });
  await page.goto(served.url);
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  await service?.close();
});

afterEach(() => {
  expect(complaints).toEqual([]);
  expect([...origins]).toEqual([new URL(served.url).origin]);
});

/** Returns the rows of a table as texts, by the id of its body. */
async function readTable(id: string): Promise<readonly (readonly string[])[]> {
  const rows = await page.locator(`#${id} tr`).all();
  return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
}

async function readCounts(): Promise<Readonly<Record<string, number>>> {
  const rows = await readTable('classes');
  return Object.fromEntries(rows.map(([name = '', events]) => [name, Number(events)]));
}

function countArchived({ archive }: Outcome): Readonly<Record<string, number>> {
  return Object.fromEntries(
    ACTIVITY_CLASSES.map((name) => [name, archive.filter((line) => line.class === name).length]),
  );
}

/** Presses a button with the keyboard alone, and waits for the end of the trace; returns its steps. */
async function sendFromPage(name: string): Promise<readonly string[]> {
  await page.reload();
  await page.getByText(READY).waitFor();
  for (const button of BUTTONS.slice(0, BUTTONS.indexOf(name) + 1)) {
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe(button);
  }
  await page.keyboard.press('Enter');
  await page.locator('[aria-live="polite"]').getByText(OVER).waitFor();
  expect(await page.locator(':focus').textContent()).toBe(name);
  return page.locator('#trace li').allTextContents();
}

/** Returns the names of the rules for a detail-type, sorted. */
function rulesFor(detailType: string): readonly string[] {
  return [...service.deployment.rules, ...service.consumer.rules]
    .filter(({ eventPattern }) => matchesPattern(eventPattern, { source: 'das-router', 'detail-type': detailType }))
    .map(({ name }) => name)
    .sort();
}

/** Sends headers that a browser, and `fetch`, would set themselves. */
async function ask(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const asked = request(new URL(path, served.url), { method, headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response.resume();
}

describe('before the run is accounted for', () => {
  it('no record can be sent, and a sentence gives the reason', async () => {
    await page.getByText('are not accounted for yet').waitFor();

    for (const name of BUTTONS) expect(await page.getByRole('button', { name }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Send a DDL' }).click({ force: true });

    expect(await page.locator('#trace li').count()).toBe(0);
    expect((await ask('POST', '/records/ddl', { origin: new URL(served.url).origin })).statusCode).toBe(409);
    expect(service.acknowledged()).toBe(0);
  });

  it('the page shows the progress of the workload, and its end', async () => {
    const put = await putWorkload(service, RECORDS, () => undefined, NEVER);
    await page.getByText(/: [1-9]\d* acknowledged\./).waitFor();

    const { differences } = await finish({ service, put }, NEVER);
    served.endAccounts(differences.length);

    await page.getByText(READY).waitFor();
    expect(differences).toEqual([]);
  });
});

describe('the page shows what is stored', () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await readOutcome(service);
  });

  it('the events of the archive by class', async () => {
    const expected = countArchived(outcome);

    await expect.poll(readCounts, SOON).toEqual(expected);
    expect(Object.values(expected).filter((events) => events > 0).length).toBeGreaterThan(8);
  });

  it('every folder of the archive, with its events and objects', async () => {
    const folders = Map.groupBy(outcome.archive, ({ key }) => key.split('/').slice(1, -1).join('/'));

    for (const [folder, lines] of folders) {
      const [activityClass = '', source = '', ...hour] = folder.split('/');
      const objects = new Set(lines.map(({ key }) => key)).size;
      const ofClass = page.locator('#tree > li').filter({ hasText: activityClass });
      const ofSource = ofClass
        .locator('li')
        .filter({ hasText: source })
        .filter({ has: page.locator('ul') });
      const leaf = ofSource.locator('li').filter({ hasText: hour.join('/') });
      expect(await leaf.textContent()).toContain(
        `${lines.length} event${lines.length === 1 ? '' : 's'} in ${objects} object${objects === 1 ? '' : 's'}`,
      );
    }
    expect(await page.locator('#tree > li > details > ul > li > details > ul > li').count()).toBe(folders.size);
  });

  it('the number of messages in the queue of each rule, none of which it receives', async () => {
    const { rules, inbox } = service.consumer;
    const expected = [...service.deployment.rules, ...rules].map(({ name, targets }) => [
      name,
      queueOf(targets[0]?.arn ?? ''),
      // The sample consumer has emptied its own.
      String(outcome.consumers.get(name)?.length ?? 0),
      '0',
    ]);

    await expect.poll(() => readTable('consumers'), SOON).toEqual([...expected, [ALERTS, inbox, '0', '0']]);
  });

  it('the poison record of the workload, in the quarantine', async () => {
    expect(outcome.quarantine.map(({ reason }) => reason)).toEqual(['DECRYPT_FAILED']);
    expect(await readTable('quarantine')).toEqual([['DECRYPT_FAILED', '1']]);
    expect(await page.locator('#quarantined li').allTextContents()).toEqual(outcome.quarantine.map(({ key }) => key));
  });

  it("the latest and the highest lag of the function's log", async () => {
    const lags = service.lambda.log
      .filter((line) => line.includes('"ProcessingLag"') && line.includes('"_aws"'))
      .flatMap((line) => JSON.parse(line).ProcessingLag as number[]);
    const { format } = new Intl.NumberFormat('en');

    expect(await page.locator('#lag-highest').textContent()).toBe(`${format(Math.max(...lags))} ms`);
    expect(await page.locator('#lag-latest').textContent()).toBe(`${format(lags.at(-1) ?? -1)} ms`);
  });
});

describe('a record that is sent from the page', () => {
  it.each([
    { name: 'Send a DDL', activityClass: 'DDL', rule: 'DdlRule' },
    { name: 'Send a failed login', activityClass: 'AUTH_FAILURE', rule: 'AuthFailureRule' },
  ])('$name: its trace shows what archive and queues hold', async ({ name, activityClass, rule }) => {
    const before = await readOutcome(service);
    const known = new Set(before.archive.map(({ eventId }) => eventId));

    const steps = await sendFromPage(name);

    const outcome = await readOutcome(service);
    const [line, ...others] = outcome.archive.filter(({ eventId }) => !known.has(eventId));
    const deliveries = steps.slice(3, -1);
    expect(others).toEqual([]);
    expect(steps[0]).toContain(`shard ${line?.shardId}, sequence number ${line?.sequenceNumber}.`);
    expect(steps[1]).toMatch(/^The function acknowledged it after [\d,]+ ms\.$/);
    expect(steps[2]).toBe(`The archive holds it as ${activityClass}, event ${line?.eventId}, in ${line?.key}.`);
    expect(steps.at(-1)).toBe(OVER);
    const delivered = [...outcome.consumers].filter(([, events]) =>
      events.some(({ detail }) => detail.metadata.eventId === line?.eventId),
    );
    expect(delivered.map(([receiver]) => receiver)).toContain(rule);
    for (const [receiver, { length }] of delivered) {
      const step = deliveries.find((text) => text.startsWith(`Rule ${receiver} `));
      expect(step).toContain(` matched Database Activity ${activityClass}: it went to `);
      expect(step).toContain(`holds ${length} message`);
    }
    const rules = deliveries.map((step) => /^Rule (\S+) matched/.exec(step)?.[1]);
    expect(rules.sort()).toEqual(rulesFor(`Database Activity ${activityClass}`));
    if (activityClass === 'DDL') {
      expect(steps[3]).toContain('CREATE TABLE payroll.bonus (id serial PRIMARY KEY, note text DEFAULT ?)');
      expect(steps.join()).not.toContain("'none'");
    }
    await expect.poll(readCounts, SOON).toEqual(countArchived(outcome));
  });

  it('is an alert of the sample consumer after five failed logins', async () => {
    for (let times = 0; times < 4; times++) await sendRecord(service, 'failed-login');

    await expect
      .poll(async () => (await readTable('consumers')).find(([rule]) => rule === ALERTS)?.[2], SOON)
      .toBe('1');
  });

  it('Send a poison record: its trace shows the object of the quarantine and the rule that it matched', async () => {
    const before = await readOutcome(service);
    const known = new Set(before.quarantine.map(({ key }) => key));

    const steps = await sendFromPage('Send a poison record');

    const { quarantine, consumers, archive } = await readOutcome(service);
    const [object, ...others] = quarantine.filter(({ key }) => !known.has(key));
    expect(others).toEqual([]);
    expect(steps[0]).toContain(`sequence number ${object?.record.kinesis.sequenceNumber}.`);
    expect(steps[2]).toBe(`It is quarantined for ${object?.reason}, at ${object?.stage}, in ${object?.key}.`);
    expect(steps[3]).toContain('Rule QuarantineRule matched Database Activity Record Quarantined');
    expect(steps[3]).toContain(`holds ${consumers.get('QuarantineRule')?.length} message`);
    expect(steps.slice(4)).toEqual([OVER]);
    expect(archive).toHaveLength(before.archive.length);
    await expect.poll(() => readTable('quarantine'), SOON).toEqual([['DECRYPT_FAILED', String(quarantine.length)]]);
  });
});

describe('the server', () => {
  it('refuses every request from another site, for another host, and for what is not there', async () => {
    const acknowledged = service.acknowledged();
    const { origin, port } = new URL(served.url);
    const host = `example.com:${port}`;

    for (const [status, method, path, headers] of [
      [403, 'POST', '/records/ddl', {}],
      [403, 'POST', '/records/ddl', { origin: 'null' }],
      [403, 'POST', '/records/ddl', { origin: 'https://example.com' }],
      [403, 'POST', '/records/ddl', { origin, host }],
      [403, 'POST', '/records/ddl', { origin: `http://${host}`, host }],
      [404, 'POST', '/records/dml', { origin }],
      ...['/', '/page.js', '/snapshots'].map((path) => [403, 'GET', path, { host }] as const),
      ...['/nothing', '/serve-page.ts', '/../start.ts', '/%2e%2e/start.ts'].map(
        (path) => [404, 'GET', path, {}] as const,
      ),
    ] as const) {
      expect((await ask(method, path, headers)).statusCode, `${method} ${path} ${JSON.stringify(headers)}`).toBe(
        status,
      );
    }
    expect(service.acknowledged()).toBe(acknowledged);
  });

  it('has the browser load nothing from elsewhere, and guess no types', async () => {
    for (const path of ['/', '/page.css', '/page.js', '/nothing']) {
      const { headers } = await ask('GET', path, {});
      expect(headers['content-security-policy']).toContain("default-src 'self';");
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });
});

it('the text of a database is shown as text, even where it is HTML', async () => {
  const canary = '<img src="/canary" onerror="document.title=\'owned\'"><b>bold</b>';
  const [resourceId = ''] = RESOURCE_IDS;
  const fields = {
    command: 'CREATE TABLE',
    class: 'DDL',
    commandText: `CREATE TABLE "${canary}" ()`,
    objectName: canary,
    dbUserName: canary,
    databaseName: canary,
  };
  const fate = { kind: 'archived', class: 'DDL', auxiliary: false } as const;
  const event = writeEventNow('aurora-postgresql', { fields, fate }, 1);
  const inner = innerRecord(resourceId, 'db-LOCALWRITER', [event]);
  await service.put(resourceId, [
    await sealRecord(inner, 'aurora-postgresql', await service.generateDataKey(resourceId)),
  ]);

  await expect
    .poll(async () => (await readTable('latest'))[0]?.slice(2), SOON)
    .toEqual(['CREATE TABLE', canary, canary, canary]);
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.title()).toBe('das-router: the local run');
});

// The trace of a record is still shown.
it.each([
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
  { colorScheme: 'dark', width: 640 },
] as const)(
  'axe finds nothing in $colorScheme at $width pixels, and nothing ends beyond its edge',
  async ({ colorScheme, width }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const folder = page.locator('#tree > li > details').first();
    if ((await folder.getAttribute('open')) === null) await folder.locator('summary').first().click();

    const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
    const beyond = await page.evaluate(BEYOND_ITS_EDGE);

    expect(await page.locator('#trace li').count()).toBeGreaterThan(0);
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(beyond).toEqual([]);
  },
);

it('the server closes while the page is open, which then shows that it is not connected', async () => {
  await served.close();

  await page.getByText('Not connected to the run: what stands here may be old.').waitFor();
  expect(await page.getByRole('button', { name: 'Send a DDL' }).isDisabled()).toBe(true);
  await page.close();
  // The browser reports the connection that it lost.
  expect(complaints.splice(0).filter((text) => !text.includes('ERR_'))).toEqual([]);
});
