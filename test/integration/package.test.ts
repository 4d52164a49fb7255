import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONSUMER_FOLDER } from '../../local/consumer.ts';
import { packageService, ROOT } from '../../local/package.ts';
import published from '../fixtures/expected/aurora-postgresql-8.json' with { type: 'json' };
import { blocksOf, readDocument } from '../support/documents.ts';
import { findErrors } from '../support/validate-template.ts';

const execute = promisify(execFile);
const EVENT = published.event;

/** What a subscriber's code may ask of the types, and all that the package exports. */
const CONSUMER = `
import {
  ACTIVITY_CLASSES, type ActivityClass, type ArchiveLine, type DatabaseActivityEvent, type QuarantineObject,
  type RecordQuarantinedEvent, isDatabaseActivityEvent, matchesPattern, type PatternProblem, validatePattern,
} from 'das-router';
import schema from 'das-router/schemas/database-activity-ddl.json' with { type: 'json' };

const event: unknown = ${JSON.stringify(EVENT)};
if (!isDatabaseActivityEvent(event)) throw new Error('It is no activity');
const typed: DatabaseActivityEvent = event;
if (typed['detail-type'] === 'Database Activity DDL') typed.detail.data.statementClass satisfies 'DDL';
if (typed['detail-type'] === 'Database Activity AUTH_FAILURE') typed.detail.data.outcome satisfies 'FAILURE';
typed.detail.data.class satisfies ActivityClass;
typed.detail.metadata.archive?.key satisfies string | undefined;
typed.detail.data.statement?.text satisfies string | undefined;
export const user = (line: ArchiveLine): string | null => line.user;
export const reason = (of: QuarantineObject | RecordQuarantinedEvent['detail']['data']): string => of.reason;
const problems: readonly PatternProblem[] = validatePattern({ source: ['das-router'] });
const matches: boolean = matchesPattern({ detail: { data: { user: [{ prefix: 'comp' }] } } }, event);
console.log(schema.title, ACTIVITY_CLASSES.length, problems.length, matches);
`;

const README = blocksOf(readDocument('README.md')).find(({ language }) => language === 'ts')?.text ?? '';
/** The README's example, which prints whether each answer is the one in the comment below it. */
const README_EXAMPLE = `const event: unknown = ${JSON.stringify(EVENT)};\n${README}`
  .replace(/^(validatePattern.*);\n\/\/ (.*)$/m, 'console.log(JSON.stringify($1) === JSON.stringify($2));')
  .replace(/^(matchesPattern.*);$/m, 'console.log($1);');

/** The code of docs/subscribing.md, by its heading. */
const DOCUMENTED = new Map(
  blocksOf(readDocument('docs/subscribing.md'))
    .filter(({ language }) => language === 'ts')
    .map(({ heading, text }) => [heading.toLowerCase().replaceAll(' ', '-'), text]),
);
const SOURCES = new Map([['consumer', CONSUMER], ['readme', README_EXAMPLE], ...DOCUMENTED]);

/** What the sample consumer's README has installed beside the packed package, and what its compiler needs. */
const INSTALLED = [...readDocument('examples/consumer/README.md').matchAll(/^npm install (.*)$/gm)]
  .flatMap(([, names = '']) => names.split(' '))
  .filter((name) => !name.startsWith('-') && !name.startsWith('.'))
  .map((name) => name.replace(/(?<=.)@.*/, ''))
  .concat('@types/node', 'undici-types', '@aws-sdk/client-s3');

let folder: string;
let installed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-consumer-'));
  installed = join(folder, 'node_modules', 'das-router');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await execute('npm', pack, { cwd: ROOT });
  // It depends on nothing, so no registry is asked.
  const install = ['install', '--offline', '--no-audit', '--no-fund', `./${JSON.parse(stdout)[0].filename}`];
  await execute('npm', install, { cwd: folder });
});
afterAll(() => rm(folder, { recursive: true }));

const run = async (...command: string[]) => (await execute(process.execPath, command, { cwd: folder })).stdout;

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

describe('the packed package', () => {
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

  it('installs no other package, and one command, which runs', async () => {
    const commands = join(folder, 'node_modules', '.bin');
    const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));

    expect(dependencies).toBeUndefined();
    expect(await readdir(commands)).toEqual(['das-router']);
    expect(await run(join(commands, 'das-router'), '--help')).toContain('Usage: das-router');
  });
});

describe('code that imports the packed package', () => {
  beforeAll(async () => {
    for (const name of INSTALLED) {
      const place = join(folder, 'node_modules', name);
      await mkdir(dirname(place), { recursive: true });
      await symlink(join(ROOT, 'node_modules', name), place);
    }
    for (const file of await readdir(CONSUMER_FOLDER)) {
      if (/^[a-z].*\.\w+$/.test(file)) await cp(join(CONSUMER_FOLDER, file), join(folder, file));
    }
    for (const [name, text] of SOURCES) await writeFile(join(folder, `${name}.ts`), text);
  });

  it('compiles under a strict compiler: that of the documents, and a copy of the sample consumer', async () => {
    expect([...DOCUMENTED.keys()]).toEqual(['test-a-rule-of-your-own', 'take-an-event-once', 'read-the-whole-event']);
    const strict = ['--strict', '--noEmit', '--allowImportingTsExtensions', '--module', 'nodenext', '--types', 'node'];
    const files = [...SOURCES.keys(), 'handler'].map((name) => `${name}.ts`);
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

    await expect(run(compiler, ...strict, '--target', 'es2024', ...files)).resolves.toBe('');
  });

  it('runs, and does what the README and the document show', async () => {
    const { data, metadata } = EVENT.detail;

    expect(await run('consumer.ts')).toBe('Database Activity DDL 12 0 true\n');
    expect(await run('readme.ts')).toBe(`true\ntrue\n${data.action} ${metadata.eventId}\n`);
    expect(await run('test-a-rule-of-your-own.ts')).toBe('');
  });

  it("is packaged as the sample consumer with nothing but its handler, and AWS' validator finds no error", async () => {
    const { template, code } = await packageService({}, undefined, folder);

    expect(findErrors(JSON.stringify(template))).toEqual([]);
    expect(Object.keys(unzipSync(code))).toEqual(['dist/handler.cjs']);
    expect(code.length).toBeGreaterThan(10_000);
  });
});
