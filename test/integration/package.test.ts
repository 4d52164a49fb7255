import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../local/package.ts';
import answers from '../fixtures/event-patterns.json' with { type: 'json' };
import published from '../fixtures/expected/aurora-postgresql-8.json' with { type: 'json' };
import { installPacked } from '../support/packed.ts';

/** What a subscriber's handler and its test of a rule look like. */
const CONSUMER = `
import {
  ACTIVITY_CLASSES, type ActivityClass, type ArchiveLine, type DatabaseActivityEvent, type QuarantineObject,
  type RecordQuarantinedEvent, isDatabaseActivityEvent, matchesPattern, type PatternProblem, validatePattern,
} from 'das-router';

const event: unknown = JSON.parse(process.argv[2] ?? '');
if (!isDatabaseActivityEvent(event)) throw new Error('It is no activity');
const typed: DatabaseActivityEvent = event;
if (typed['detail-type'] === 'Database Activity DDL') typed.detail.data.statementClass satisfies 'DDL';
if (typed['detail-type'] === 'Database Activity AUTH_FAILURE') typed.detail.data.outcome satisfies 'FAILURE';
const name: ActivityClass = typed.detail.data.class;
const object: string | undefined = typed.detail.metadata.archive?.key;
const text: string | undefined = typed.detail.data.statement?.text;
const user = (line: ArchiveLine): string | null => line.user;
const reason = (object: QuarantineObject | RecordQuarantinedEvent['detail']['data']): string => object.reason;
const problems: readonly PatternProblem[] = validatePattern({ source: 'das-router' });
const rule = { 'detail-type': ['Database Activity DDL'], detail: { data: { user: [{ prefix: 'comp' }] } } };
const matches: boolean = matchesPattern(rule, event);
console.log(JSON.stringify({
  name, object, text, matches, problems, classes: ACTIVITY_CLASSES.length, functions: [typeof user, typeof reason],
}));
`;

let folder: string;
let installed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-consumer-'));
  installed = join(folder, 'node_modules', 'das-router');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await installPacked(folder);
  // For `process` and `console`.
  await symlink(join(ROOT, 'node_modules', '@types'), join(folder, 'node_modules', '@types'));
  await symlink(join(ROOT, 'node_modules', 'undici-types'), join(folder, 'node_modules', 'undici-types'));
  await writeFile(join(folder, 'consumer.ts'), CONSUMER);
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...command: readonly string[]) => promisify(execFile)(process.execPath, command, { cwd: folder });

const npm = (...command: readonly string[]) => promisify(execFile)('npm', command, { cwd: folder });

/** The declarations that a declaration leads to, itself among them. */
async function followImports(file: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await readFile(join(ROOT, file), 'utf8');
  for (const [, path = ''] of text.matchAll(/from ['"](\.[^'"]+)\.[jt]s['"]/g)) {
    await followImports(join(dirname(file), `${path}.d.ts`), seen);
  }
  return seen;
}

async function compile(file: string): Promise<void> {
  const strict = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  await run(join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), ...strict, file);
}

describe('the packed package, for those who subscribe', () => {
  it('holds the types, the guard with the pattern language, the schemas and the command line, and nothing else', async () => {
    const declarations = await followImports('dist/index.d.ts');
    const schemas = (await readdir(join(ROOT, 'schemas'))).map((file) => `schemas/${file}`);

    const files = await readdir(installed, { recursive: true, withFileTypes: true });

    const shipped = files
      .filter((file) => file.isFile())
      .map((file) => relative(installed, join(file.parentPath, file.name)));
    expect(shipped.sort()).toEqual(
      ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/cli.js', ...declarations, ...schemas].sort(),
    );
  });

  it('brings no other package with it', async () => {
    const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));

    expect(dependencies).toBeUndefined();
    expect(await readdir(join(folder, 'node_modules', '.bin'))).toEqual(['das-router']);
  });

  it('has a command line that runs', async () => {
    const { stdout } = await npm('exec', '--offline', '--', 'das-router', '--help');

    expect(stdout).toContain('Usage: das-router');
  });

  it("gives its schemas to a validator of the consumer's own", async () => {
    await writeFile(
      join(folder, 'schema.mjs'),
      `import schema from 'das-router/schemas/database-activity-ddl.json' with { type: 'json' };
console.log(schema.title);`,
    );

    expect((await run('schema.mjs')).stdout).toBe('Database Activity DDL\n');
  });

  it('compiles under a strict compiler, and runs', async () => {
    await compile('consumer.ts');
    const { stdout } = await run('consumer.js', JSON.stringify(published.event));

    expect(JSON.parse(stdout)).toEqual({
      name: 'DDL',
      object: published.event.detail.metadata.archive.key,
      text: 'CREATE INDEX scale_slow ON scale_data (section, id1, id2);',
      matches: true,
      problems: [
        {
          path: 'source',
          problem: 'Found the string "das-router", expected an array of values or an object of fields.',
        },
      ],
      classes: 12,
      functions: ['function', 'function'],
    });
  });

  it('does what the README shows', async () => {
    const [, example = ''] = /```ts\n([^`]*)```/.exec(await readFile(join(ROOT, 'README.md'), 'utf8')) ?? [];
    await writeFile(
      join(folder, 'readme.ts'),
      `const event: unknown = ${JSON.stringify(published.event)};\n${example}`
        .replace(/^(validatePattern.*);\n\/\/ (.*)$/m, 'console.log(JSON.stringify($1) === JSON.stringify($2));')
        .replace(/^(matchesPattern.*);$/m, 'console.log($1);'),
    );

    await compile('readme.ts');
    const { stdout } = await run('readme.js');

    const { data, metadata } = published.event.detail;
    expect(stdout).toBe(`true\ntrue\n${data.action} ${metadata.eventId}\n`);
  });

  it("matches as AWS' own engine does", async () => {
    const { matchesPattern, validatePattern } = await import(join(ROOT, 'dist', 'index.js'));

    for (const { pattern, matches, invalid } of answers.cases as readonly Answer[]) {
      expect(validatePattern(pattern).length > 0).toBe(invalid === true);
      if (invalid) {
        expect(() => matchesPattern(pattern, {})).toThrow('The event pattern is invalid.');
      } else {
        const matched = Object.entries(answers.events).filter(([, event]) => matchesPattern(pattern, event));
        expect(matched.map(([name]) => name)).toEqual(matches);
      }
    }
  });
});

interface Answer {
  readonly pattern: unknown;
  readonly matches?: readonly string[];
  readonly invalid?: boolean;
}
