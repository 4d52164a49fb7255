import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../../local/package.ts';
import { readDocument, tableOf } from '../../support/documents.ts';

const WORKFLOWS = '.github/workflows';
const TEMPLATES = '.github/ISSUE_TEMPLATE';
const { scripts, version } = JSON.parse(readDocument('package.json'));

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

describe.each(readdirSync(join(ROOT, WORKFLOWS)))('the workflow %s', (file) => {
  const text = readDocument(join(WORKFLOWS, file));
  const { permissions, concurrency, ...workflow } = parse(text);
  const jobs = Object.values<{ 'timeout-minutes': number; steps: readonly Step[] }>(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);
  const inputsOf = (action: string) =>
    steps.filter(({ uses }) => uses?.startsWith(`actions/${action}@`)).map(({ with: inputs }) => inputs);

  it('pins every action to a commit, everywhere the same, and gives the version of it', () => {
    const pins = text.split('\n').flatMap((line) => /^ *(?:- )?uses: (.*)/.exec(line)?.[1] ?? []);
    const actions = pins.map((pin) => pin.split('@')[0]);

    expect(pins.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
    for (const pin of pins) expect(pin).toMatch(/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    expect(new Set(pins).size).toBe(new Set(actions).size);
  });

  it('may read and nothing else, and leaves no credentials behind', () => {
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of jobs) expect(job).not.toHaveProperty('permissions');
    for (const inputs of inputsOf('checkout')) expect(inputs?.['persist-credentials']).toBe(false);
    expect(text).not.toMatch(/pull_request_target|secrets\./);
  });

  it('ends by itself, once for each state', () => {
    expect(concurrency).toHaveProperty('group');
    for (const job of jobs) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
  });

  it('runs on the Node of .nvmrc', () => {
    const expected = { 'node-version-file': '.nvmrc', cache: 'npm' };

    expect(inputsOf('setup-node')).toEqual(jobs.map(() => expect.objectContaining(expected)));
  });

  it('runs scripts that package.json has, and those that CONTRIBUTING gives first', () => {
    const commands = steps.flatMap(({ run }) => run ?? []).filter((run) => run.startsWith('npm '));
    const named = commands.flatMap((run) => /^npm (?:run )?([\w:]+)/.exec(run)?.[1] ?? []);
    const [, first = ''] = /```sh\n(.*?)```/s.exec(readDocument('CONTRIBUTING.md')) ?? [];

    expect(['ci', ...Object.keys(scripts)]).toEqual(expect.arrayContaining(named));
    if (file === 'check.yml') expect(commands).toEqual(expect.arrayContaining(first.trim().split('\n')));
  });
});

/** https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema */
const FIELDS = ['checkboxes', 'dropdown', 'input', 'markdown', 'textarea'];

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const FORMS = readdirSync(join(ROOT, TEMPLATES))
  .filter((file) => file !== 'config.yml')
  .map((file) => ({ file, ...parse(readDocument(join(TEMPLATES, file))) }) as { file: string; body: readonly Field[] });

describe('an issue form', () => {
  it.each(FORMS)('has what GitHub demands: $file', ({ body, ...others }) => {
    const questions = body.filter(({ type }) => type !== 'markdown');

    expect(others).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    expect(questions.length).toBeGreaterThan(0);
    expect(FIELDS).toEqual(expect.arrayContaining(body.map(({ type }) => type)));
    for (const { attributes } of questions) expect(attributes.label).toEqual(expect.any(String));
    expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
  });

  it.each(FORMS.filter(({ file }) => file !== 'feature.yml'))('asks for no data of a database: $file', ({ body }) => {
    expect(body[0]?.attributes.value).toMatch(/\*\*(Paste no|Never paste) .*(record|keys)/);
    expect(body.find(({ id }) => id === 'safe')?.attributes.options).toMatchObject([{ required: true }]);
  });
});

it('Dependabot updates npm and the actions', () => {
  const { updates } = parse(readDocument('.github/dependabot.yml'));

  expect(updates).toMatchObject([{ 'package-ecosystem': 'npm' }, { 'package-ecosystem': 'github-actions' }]);
});

it('CHANGELOG.md begins with what is not released, and has the version of package.json', () => {
  const changelog = readDocument('CHANGELOG.md');
  const [[, first] = [], ...released] = changelog.matchAll(/^## \[(.*?)\](?: - (.*))?$/gm);
  const kinds = [...changelog.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind);

  expect(first).toBe('Unreleased');
  expect(released.map(([, name]) => name)).toContain(version);
  for (const [, , day] of released) expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']).toEqual(expect.arrayContaining(kinds));
});

it('SECURITY.md and docs/architecture.md have the same threats', () => {
  const threatsOf = (document: string, heading: string) => {
    const text = readDocument(document);
    return tableOf(text.slice(text.indexOf(heading)), 'threat').map(([threat]) => threat);
  };

  const threats = threatsOf('SECURITY.md', '## What stands');

  expect(threats.length).toBeGreaterThan(6);
  expect(threatsOf('docs/architecture.md', '## Threats')).toEqual(threats);
});
