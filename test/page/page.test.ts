import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import axe from 'axe-core';
import type { Browser, Page as BrowserPage } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { type Outcome, readOutcome } from '../../local/outcome.ts';
import { type Page, servePage } from '../../local/page/serve-page.ts';
import { type ConsumedService, deployLocally, finish, putWorkload, RESOURCE_IDS } from '../../local/run.ts';
import { queueOf } from '../../local/service.ts';
import { writeEventNow } from '../../local/workload.ts';
import { ACTIVITY_CLASSES } from '../../src/activity.ts';
import { matchesPattern } from '../../src/patterns/pattern.ts';
import { launchBrowser } from './browser.ts';
import { openPage, readTable, type WatchedPage } from './watched-page.ts';

const RECORDS = 30;
const NEVER = new AbortController().signal;
/** For what is shown with the next snapshot. */
const SOON = { timeout: 20_000, interval: 100 };
const BUTTONS = ['Send a DDL', 'Send a failed login', 'Send a poison record'];
const READY = 'A record can be sent.';
const OVER = 'That is all that was seen of it.';

/** In the browser: what of a section lies beyond its edge, or of the page beyond the window's. */
const BEYOND_ITS_EDGE = `[...document.querySelectorAll('section, section *:not(thead, thead *)')]
  .filter((element) => {
    const edge = element.matches('section') ? innerWidth : element.closest('section').getBoundingClientRect().right;
    return element.getBoundingClientRect().right > edge;
  })
  .map(({ outerHTML }) => outerHTML)`;

let service: ConsumedService;
let served: Page;
let browser: Browser;
let watched: WatchedPage;
let page: BrowserPage;

beforeAll(async () => {
  [service, browser] = await Promise.all([deployLocally(NEVER), launchBrowser()]);
  served = await servePage(service, RECORDS);
  watched = await openPage(browser, served.url);
  page = watched.page;
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  await service?.close();
});

afterEach(() => {
  expect(watched.complaints).toEqual([]);
  expect([...watched.origins]).toEqual([new URL(served.url).origin]);
});

async function readCounts(): Promise<Readonly<Record<string, number>>> {
  const rows = await readTable(page, 'classes');
  return Object.fromEntries(rows.map(([name = '', events]) => [name, Number(events)]));
}

function countArchived({ archive }: Outcome): Readonly<Record<string, number>> {
  return Object.fromEntries(
    ACTIVITY_CLASSES.map((name) => [name, archive.filter((line) => line.class === name).length]),
  );
}

/** Presses a button and waits for the end of the trace; answers its steps. */
async function sendFromPage(name: string): Promise<readonly string[]> {
  await page.getByRole('button', { name }).click();
  await page.getByText(OVER).waitFor();
  return page.locator('#trace li').allTextContents();
}

/** The rule that a step of the trace names. */
function readRule(step: string): string {
  return /^Rule (\S+) matched/.exec(step)?.[1] ?? step;
}

/** The names of the rules that are meant for a detail-type, sorted. */
function rulesFor(detailType: string): readonly string[] {
  return [...service.deployment.rules, ...service.consumer.rules]
    .filter(({ eventPattern }) => matchesPattern(eventPattern, { source: 'das-router', 'detail-type': detailType }))
    .map(({ name }) => name)
    .sort();
}

/** Asks as a browser never would; `fetch` sets these headers itself. */
async function ask(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const asked = request(new URL(path, served.url), { method, headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer;
}

async function post(path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return (await ask('POST', path, headers)).statusCode;
}

describe('before the run is accounted for', () => {
  it('no record can be sent, and a sentence says why', async () => {
    await page.getByText('are not accounted for yet').waitFor();

    for (const name of BUTTONS) expect(await page.getByRole('button', { name }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Send a DDL' }).click({ force: true });

    expect(await page.locator('#trace li').count()).toBe(0);
    expect(await post('/records/ddl', { origin: new URL(served.url).origin })).toBe(409);
    expect(service.acknowledged()).toBe(0);
  });

  it('the workload is seen flowing, and all that came out of it at its end', async () => {
    const put = await putWorkload(service, RECORDS, () => undefined, NEVER);
    await page.getByText(/: [1-9]\d* acknowledged\./).waitFor();

    const { differences } = await finish({ service, put }, NEVER);
    served.endAccounts(differences.length);

    await page.getByText(READY).waitFor();
    expect(differences).toEqual([]);
  });
});

describe('what is shown is what is there', () => {
  it('events by class are those of the archive', async () => {
    const expected = countArchived(await readOutcome(service));

    await expect.poll(readCounts, SOON).toEqual(expected);
    expect(Object.values(expected).filter((events) => events > 0).length).toBeGreaterThan(8);
  });

  it('the tree holds every folder of the archive, with its events and objects', async () => {
    const { archive } = await readOutcome(service);
    const folders = Map.groupBy(archive, ({ key }) => key.split('/').slice(1, -1).join('/'));

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

  it("each consumer's queue holds what it shows, and reading the page takes no message away", async () => {
    const { consumers } = await readOutcome(service);
    const { rules, inbox } = service.consumer;
    const expected = [
      ...[...service.deployment.rules, ...rules].map(({ name, targets }) => [
        name,
        queueOf(targets[0]?.arn ?? ''),
        // The sample consumer has emptied its own.
        String(consumers.get(name)?.length ?? 0),
        '0',
      ]),
      ['Alerts of the sample consumer', inbox, '0', '0'],
    ];

    await expect.poll(() => readTable(page, 'consumers'), SOON).toEqual(expected);
  });

  it('the poison record of the workload is in the quarantine', async () => {
    const { quarantine } = await readOutcome(service);

    expect(quarantine.map(({ reason }) => reason)).toEqual(['DECRYPT_FAILED']);
    expect(await readTable(page, 'quarantine')).toEqual([['DECRYPT_FAILED', '1']]);
    expect(await page.locator('#quarantined li').allTextContents()).toEqual(quarantine.map(({ key }) => key));
  });

  it("the lag is one that the function's log tells, and never above the highest", async () => {
    const lags = service.lambda.log
      .filter((line) => line.includes('"ProcessingLag"') && line.includes('"_aws"'))
      .flatMap((line) => JSON.parse(line).ProcessingLag as number[]);

    const shown = (id: string) => page.locator(id).textContent();
    expect(await shown('#lag-highest')).toBe(`${new Intl.NumberFormat('en').format(Math.max(...lags))} ms`);
    expect(await shown('#lag-latest')).toBe(`${new Intl.NumberFormat('en').format(lags.at(-1) ?? -1)} ms`);
  });
});

describe('a record that is sent from the page', () => {
  it.each([
    { name: 'Send a DDL', activityClass: 'DDL', rule: 'DdlRule' },
    { name: 'Send a failed login', activityClass: 'AUTH_FAILURE', rule: 'AuthFailureRule' },
  ])('$name: its trace is what archive and queues hold, and the counts move', async ({ name, activityClass, rule }) => {
    const before = countArchived(await readOutcome(service));
    const known = new Set((await readOutcome(service)).archive.map(({ eventId }) => eventId));

    const steps = await sendFromPage(name);

    const outcome = await readOutcome(service);
    const [line, ...others] = outcome.archive.filter(({ eventId }) => !known.has(eventId));
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
      const told = steps.slice(3, -1).find((step) => step.startsWith(`Rule ${receiver} `));
      expect(told).toContain(` matched Database Activity ${activityClass}: it went to `);
      expect(told).toContain(`holds ${length} message`);
    }
    expect(steps.slice(3, -1).map(readRule).sort()).toEqual(rulesFor(`Database Activity ${activityClass}`));
    await expect.poll(readCounts, SOON).toEqual({ ...before, [activityClass]: (before[activityClass] ?? 0) + 1 });
  });

  it('five failed logins are an alert of the sample consumer', async () => {
    const countAlerts = async () => {
      const rows = await readTable(page, 'consumers');
      return rows.find(([rule]) => rule === 'Alerts of the sample consumer')?.[2];
    };

    for (let times = 0; times < 5; times++) await sendFromPage('Send a failed login');

    await expect.poll(countAlerts, SOON).toBe('1');
  });

  it('the statement of a DDL is shown with its literals masked', async () => {
    const steps = await sendFromPage('Send a DDL');

    expect(steps[3]).toContain('CREATE TABLE payroll.bonus (id serial PRIMARY KEY, note text DEFAULT ?)');
    expect(steps.join()).not.toContain("'none'");
  });

  it('a poison record: its trace names the object of the quarantine and who was told', async () => {
    const before = countArchived(await readOutcome(service));
    const known = new Set((await readOutcome(service)).quarantine.map(({ key }) => key));

    const steps = await sendFromPage('Send a poison record');

    const { quarantine, consumers, archive } = await readOutcome(service);
    const [object, ...others] = quarantine.filter(({ key }) => !known.has(key));
    expect(others).toEqual([]);
    expect(steps[0]).toContain(`sequence number ${object?.record.kinesis.sequenceNumber}.`);
    expect(steps[2]).toBe(`It is quarantined for ${object?.reason}, at ${object?.stage}, in ${object?.key}.`);
    expect(steps[3]).toContain('Rule QuarantineRule matched Database Activity Record Quarantined');
    expect(steps[3]).toContain(`holds ${consumers.get('QuarantineRule')?.length} message`);
    expect(steps.slice(4)).toEqual([OVER]);
    expect(countArchived({ archive } as Outcome)).toEqual(before);
    await expect
      .poll(() => readTable(page, 'quarantine'), SOON)
      .toEqual([['DECRYPT_FAILED', String(quarantine.length)]]);
  });

  it('can be sent with the keyboard alone, and its result is announced', async () => {
    await page.reload();
    await page.getByText(READY).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Send a DDL');

    await page.keyboard.press('Enter');
    const live = page.locator('[aria-live="polite"]');
    await live.getByText(OVER).waitFor();

    expect(await page.locator(':focus').textContent()).toBe('Send a DDL');
    expect(await live.textContent()).toContain('The archive holds it as DDL');
  });

  it('is refused from another site, and for another host', async () => {
    const acknowledged = service.acknowledged();
    const { origin, port } = new URL(served.url);

    expect(await post('/records/ddl', {})).toBe(403);
    expect(await post('/records/ddl', { origin: 'null' })).toBe(403);
    expect(await post('/records/ddl', { origin: 'https://example.com' })).toBe(403);
    expect(await post('/records/ddl', { origin, host: `example.com:${port}` })).toBe(403);
    expect(await post('/records/ddl', { origin: `http://example.com:${port}`, host: `example.com:${port}` })).toBe(403);
    expect(await post('/records/dml', { origin })).toBe(404);
    expect(service.acknowledged()).toBe(acknowledged);
  });
});

describe('the server', () => {
  it('shows nothing to who came by the name of another host', async () => {
    const { port } = new URL(served.url);

    for (const path of ['/', '/page.js', '/snapshots'])
      expect((await ask('GET', path, { host: `example.com:${port}` })).statusCode).toBe(403);
  });

  it('has the browser load nothing from elsewhere, and guess no types', async () => {
    for (const path of ['/', '/page.css', '/page.js', '/nothing']) {
      const { headers } = await ask('GET', path, {});
      expect(headers['content-security-policy']).toContain("default-src 'self';");
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it.each(['/nothing', '/serve-page.ts', '/../start.ts', '/%2e%2e/start.ts'])('has no %s', async (path) => {
    expect((await ask('GET', path, {})).statusCode).toBe(404);
  });
});

describe('what a database writes', () => {
  it('is shown as text, whatever it is', async () => {
    const canary = '<img src="/canary" onerror="document.title=\'owned\'"><b>bold</b>';
    const [resourceId = ''] = RESOURCE_IDS;
    const event = writeEventNow(
      'aurora-postgresql',
      {
        fields: {
          command: 'CREATE TABLE',
          class: 'DDL',
          commandText: `CREATE TABLE "${canary}" ()`,
          objectName: canary,
          dbUserName: canary,
          databaseName: canary,
        },
        fate: { kind: 'archived', class: 'DDL', auxiliary: false },
      },
      1,
    );
    const inner = innerRecord(resourceId, 'db-LOCALWRITER', [event]);
    const data = await sealRecord(inner, 'aurora-postgresql', await service.generateDataKey(resourceId));
    await service.put(resourceId, [data]);

    await expect
      .poll(async () => (await readTable(page, 'latest'))[0]?.slice(2), SOON)
      .toEqual(['CREATE TABLE', canary, canary, canary]);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('das-router: the local run');
  });
});

describe('everybody can use it', () => {
  it.each([
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'light', width: 320 },
    { colorScheme: 'dark', width: 640 },
  ] as const)('axe finds nothing in $colorScheme at $width pixels, and nothing lies beyond the edge', async (look) => {
    const { colorScheme, width } = look;
    const viewport = { width, height: 800 };
    const seen = await openPage(browser, served.url, { colorScheme, viewport, bypassCSP: true });
    await seen.page.getByText(READY).waitFor();
    await seen.page.getByRole('button', { name: 'Send a poison record' }).click();
    await seen.page.getByText(OVER).waitFor();
    await seen.page.locator('#tree > li summary').first().click();

    await seen.page.addScriptTag({ content: axe.source });
    const { violations } = (await seen.page.evaluate('axe.run()')) as axe.AxeResults;
    const beyond = await seen.page.evaluate(BEYOND_ITS_EDGE);
    await seen.page.context().close();

    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(beyond).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });
});
