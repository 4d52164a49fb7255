import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../../local/package.ts';
import { readDocument } from '../../support/documents.ts';

const WORKFLOWS = join(ROOT, '.github', 'workflows');
const TEMPLATES = join(ROOT, '.github', 'ISSUE_TEMPLATE');
const { scripts, version }: { scripts: Readonly<Record<string, string>>; version: string } = JSON.parse(
  readDocument('package.json'),
);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: unknown;
  readonly concurrency: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: unknown; readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }
    >
  >;
}

describe.each(readdirSync(WORKFLOWS))('the workflow %s', (file) => {
  const text = readFileSync(join(WORKFLOWS, file), 'utf8');
  const { permissions, concurrency, jobs }: Workflow = parse(text);
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('pins every action to a commit, and says which version that is', () => {
    const lines = text.split('\n').filter((line) => /^ *(- )?uses:/.test(line));

    expect(lines.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('pins an action to one commit everywhere', () => {
    const pins = new Set(steps.flatMap(({ uses }) => uses ?? []));

    expect(pins.size).toBe(new Set([...pins].map((pin) => pin.split('@')[0])).size);
  });

  it('may read and do nothing else, and leaves no credentials behind', () => {
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) expect(job).not.toHaveProperty('permissions');
    for (const { uses, with: inputs } of steps) {
      if (uses?.startsWith('actions/checkout@')) expect(inputs?.['persist-credentials']).toBe(false);
    }
    expect(text).not.toMatch(/pull_request_target|secrets\./);
  });

  it('ends by itself, once for each state', () => {
    expect(concurrency).toHaveProperty('group');
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
  });

  it('runs on the Node of .nvmrc', () => {
    const setups = steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@'));

    expect(setups.length).toBe(Object.keys(jobs).length);
    for (const { with: inputs } of setups)
      expect(inputs).toMatchObject({ 'node-version-file': '.nvmrc', cache: 'npm' });
  });

  it('runs scripts that package.json has, and those that CONTRIBUTING names first', () => {
    const commands = steps.flatMap(({ run }) => run ?? []).filter((run) => run.startsWith('npm '));
    const named = commands.flatMap((run) => /^npm (?:run )?([\w:]+)/.exec(run)?.[1] ?? []);
    const [, first = ''] = /```sh\n(.*?)```/s.exec(readDocument('CONTRIBUTING.md')) ?? [];

    expect(['ci', ...Object.keys(scripts)]).toEqual(expect.arrayContaining(named));
    expect(commands).toEqual(expect.arrayContaining(first.trim().split('\n')));
  });
});

/** https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema */
const FIELDS = ['checkboxes', 'dropdown', 'input', 'markdown', 'textarea'];

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

describe.each(readdirSync(TEMPLATES).filter((file) => file !== 'config.yml'))('the template %s', (file) => {
  const text = readFileSync(join(TEMPLATES, file), 'utf8');
  const template: Readonly<Record<string, unknown>> & { readonly body: readonly Field[] } = parse(text);

  it('has what GitHub demands', () => {
    const { name, description, body } = template;
    const questions = body.filter(({ type }) => type !== 'markdown');

    expect(typeof name).toBe('string');
    expect(typeof description).toBe('string');
    expect(questions.length).toBeGreaterThan(0);
    for (const { type } of body) expect(FIELDS).toContain(type);
    for (const { attributes } of questions) expect(typeof attributes.label).toBe('string');
    expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
  });

  it('asks for nothing of a real database', () => {
    if (file === 'feature.yml') return;
    const [first] = template.body;
    const safe = template.body.find(({ id }) => id === 'safe');

    expect(first?.attributes.value).toMatch(/\*\*(Paste no|Never paste) .*(record|keys)/);
    expect(safe?.attributes.options).toMatchObject([{ required: true }]);
  });
});

it('Dependabot looks after npm and the actions', () => {
  const { updates } = parse(readDocument('.github/dependabot.yml')) as {
    updates: readonly { readonly 'package-ecosystem': string }[];
  };

  expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions']);
});

it('CHANGELOG.md begins with what is not released, and knows the version of package.json', () => {
  const changelog = readDocument('CHANGELOG.md');
  const headings = [...changelog.matchAll(/^## \[(.*?)\](?: - (.*))?$/gm)].map(([, name, day]) => ({ name, day }));
  const kinds = [...changelog.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind);

  expect(headings[0]).toEqual({ name: 'Unreleased', day: undefined });
  expect(headings.map(({ name }) => name)).toContain(version);
  for (const { day } of headings.slice(1)) expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']).toEqual(expect.arrayContaining(kinds));
});

it('SECURITY.md and docs/architecture.md name the same threats', () => {
  const threatsOf = (document: string, heading: string) => {
    const text = readDocument(document);
    const [section = ''] = text
      .slice(text.indexOf(heading))
      .split(/\n\n(?!\|)/)
      .slice(0, 1);
    return [...section.matchAll(/^\| ([^|]*?) +\|/gm)].map(([, threat]) => threat).slice(2);
  };

  const threats = threatsOf('SECURITY.md', '## What stands');

  expect(threats.length).toBeGreaterThan(6);
  expect(threatsOf('docs/architecture.md', '## Threats')).toEqual(threats);
});
