import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataKey, innerRecord, type SealingEngine, sealRecord } from '../../local/database-activity.ts';
import { streamName } from '../../local/deployment.ts';
import { ROOT } from '../../local/package.ts';
import { SCENES, writeEvent } from '../../local/scenes.ts';
import { CLUSTER as DOCUMENTED } from '../support/activity.ts';
import { createBatch } from '../support/batch.ts';
import { OPERATOR, runCli } from '../support/cli.ts';
import { POISON_RECORDS, STRANGE_RECORDS } from '../support/poison-records.ts';
import { failing, startWire, type Wire } from '../support/wire.ts';

const CLUSTER = 'cluster-EXPLAINED';
const FIXTURES = join(import.meta.dirname, '..', 'fixtures');
const MOMENT = '2026-03-01 12:59:58.267214';
const SECRET = { type: 'record', serverType: 'PostgreSQL', class: 'DDL', command: 'CREATE TABLE' };

/** One poison record of each reason and stage. */
const POISON = [...new Map(POISON_RECORDS.map((row) => [`${row[1]} ${row[2]}`, row])).values()];

let wire: Wire;
beforeAll(async () => {
  wire = await startWire();
});
afterAll(() => wire.close());

/** Explains what stdin holds. */
function explainText(stdin: string | Uint8Array, args: readonly string[] = [], environment = {}) {
  return runCli(wire.endpointUrl, ['explain', '--file', '-', ...args], { stdin, environment });
}

const explainJson = (value: unknown, ...args: readonly string[]) => explainText(JSON.stringify(value), args);

async function seal(events: readonly unknown[], engine: SealingEngine = 'aurora-postgresql', source = CLUSTER) {
  return sealRecord(innerRecord(source, 'db-TEST', events), engine, await wire.generateDataKey(source));
}

function deliver(data: Uint8Array, source = CLUSTER) {
  return createBatch(source, [data]).Records[0];
}

/** The names of the steps, in their order. */
function stepsOf(stdout: string): readonly string[] {
  return stdout.split('\n').flatMap((line) => /^[a-z-]+/.exec(line)?.[0] ?? []);
}

const OPENED = ['record', 'decode', 'data-key', 'decrypt', 'decompress', 'parse'];
const CREATE = { ...SECRET, commandText: "CREATE TABLE bonus (note text DEFAULT 'canary')" };

describe('explain', () => {
  it('shows each step of a record as Lambda delivers it, as in the document', async () => {
    const inner = innerRecord(DOCUMENTED, 'db-FZJTMYKCXQBUUZ6VLU7NW3ITCM', [{ type: 'heartbeat' }, CREATE]);
    const data = await sealRecord(inner, 'aurora-postgresql', await wire.generateDataKey(DOCUMENTED));

    const { status, stdout, stderr } = await explainJson(deliver(data, DOCUMENTED));

    // zlib decides on the compressed length.
    const withoutBytes = (text: string) => text.replace(/\d+ bytes/g, 'bytes');
    const document = readFileSync(join(ROOT, 'docs', 'command-line.md'), 'utf8');
    expect(withoutBytes(document)).toContain(`\n\`\`\`\n${withoutBytes(stdout)}\`\`\`\n`);
    expect(stepsOf(stdout)).toEqual([...OPENED, 'event', 'classify', 'filter', 'archive', 'publish']);
    expect(stdout).not.toContain('canary');
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each<[string, (data: Uint8Array) => unknown, readonly string[]]>([
    ['an event with one record', (data) => ({ Records: [deliver(data)] }), []],
    ['a quarantine object', (data) => ({ reason: 'KEY_REJECTED', stage: 'data-key', record: deliver(data) }), []],
    ['the outer record', (data) => JSON.parse(Buffer.from(data).toString()), ['--stream', streamName(CLUSTER)]],
    ['the inner record', () => JSON.parse(innerRecord(CLUSTER, 'db-TEST', [CREATE])), []],
  ])('takes %s', async (_name, wrap, args) => {
    const { status, stdout } = await explainJson(wrap(await seal([CREATE])), ...args);

    expect(status).toBe(0);
    expect(stdout).toContain('DDL, CREATE TABLE, SUCCESS');
    expect(stdout).toContain(`activity/class=DDL/source=${CLUSTER}/dt=`);
    expect(stdout).not.toContain('canary');
  });

  it('needs no AWS for an inner record', async () => {
    const before = wire.calls(OPERATOR).length;
    const environment = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, AWS_ACCESS_KEY_ID: undefined };

    const { status, stdout } = await explainText(innerRecord(CLUSTER, 'db-TEST', [CREATE]), [], environment);

    expect([status, stepsOf(stdout)[0]]).toEqual([0, 'record']);
    expect(wire.calls(OPERATOR)).toHaveLength(before);
  });

  it.each([
    ['full', true, true],
    ['redacted', false, true],
    ['none', false, false],
  ])('shows of statements what --statement-text %s says', async (text, literals, statements) => {
    const { stdout } = await explainText(innerRecord(CLUSTER, 'db-TEST', [CREATE]), ['--statement-text', text]);

    expect([stdout.includes('canary'), stdout.includes('TABLE bonus')]).toEqual([literals, statements]);
  });

  it.each(POISON)('reports reason and stage of a poison record: %s', async (name, reason, stage, poison) => {
    const cluster = `cluster-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
    const [dataKey, otherKey, foreignKey] = (await Promise.all(
      [cluster, cluster, 'cluster-OTHER'].map((id) => wire.generateDataKey(id)),
    )) as [DataKey, DataKey, DataKey];

    const record = deliver(await poison({ cluster, dataKey, otherKey, foreignKey }), cluster);
    const { status, stdout, stderr } = await explainJson(record);

    expect([status, stderr]).toEqual([1, '']);
    expect(stepsOf(stdout).at(-1)).toBe(stage);
    expect(stdout).toContain(`fails: ${reason} (`);
    expect(stdout).toContain('docs/runbook.md#quarantine');
  });

  it.each(STRANGE_RECORDS)('accepts what is strange and no poison: $name', async ({ events, archived }) => {
    const inner = innerRecord(CLUSTER, 'db-TEST', []).replace('[]', () => `[${events.join(',')}]`);

    const { status, stdout } = await explainText(inner);

    expect(status).toBe(0);
    expect(stepsOf(stdout).filter((name) => name === 'archive')).toHaveLength(archived);
  });

  it.each(readdirSync(join(FIXTURES, 'expected')))('agrees with what is expected of the sample %s', async (name) => {
    const [, engine = '', number] = /^(.*)-(\d+)\.json$/.exec(name) ?? [];
    const sample = JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
    const { line, event } = JSON.parse(readFileSync(join(FIXTURES, 'expected', name), 'utf8'));
    const source =
      sample.clusterId ?? sample.instanceId ?? `${engine.startsWith('aurora-') ? 'cluster' : 'db'}-${engine}-${number}`;
    const text = sample.databaseActivityEventList
      ? JSON.stringify(sample, null, 2)
      : innerRecord(source, source, [sample]);

    const { status, stdout } = await explainText(text);

    expect(status).toBe(0);
    expect(stdout).toContain(`${line.class}, ${line.action ?? 'no action'}, ${line.outcome}\n`);
    expect(stdout).toContain(`engine ${line.engine}, statement class ${line.statementClass ?? 'none'}\n`);
    const dropped = line.user === 'rdsadmin';
    expect(stdout.includes('dropped by the rule service-users of DROP_RULES')).toBe(dropped);
    const { statement } = event.detail.data;
    if (statement !== null) expect(stdout).toContain(statement.text);
  });

  it('says why an event is not published', async () => {
    const events = SCENES['aurora-mysql'].map((scene, index) => writeEvent('aurora-mysql', scene, MOMENT, index));

    const { stdout } = await explainText(innerRecord(CLUSTER, 'db-TEST', events));

    expect(stdout).toContain('archived, not published: PUBLISH_CLASSES does not name DQL');
    expect(stdout).toContain('archived, not published: PUBLISH_AUXILIARY is false');
    expect(stdout).toContain('dropped by the rule service-users of DROP_RULES');
  });

  it('tells a refusal by KMS from the fault of a record', async () => {
    const data = await seal([CREATE]);
    wire.failWith(failing('kms Decrypt', 'AccessDeniedException', 400));

    const { status, stdout } = await explainJson(deliver(data));

    wire.failWith(() => false);
    expect([status, stepsOf(stdout).at(-1)]).toEqual([1, 'data-key']);
    expect(stdout).toContain('fails: AccessDeniedException');
    expect(stdout).toContain('docs/runbook.md#failed-records');
  });

  it('lets nothing of a record steer the terminal, and shows no field as a word that is none', async () => {
    const evil = '\u001b[2J\u202e\u2028';
    const event = { ...CREATE, command: evil, class: `DROP 'canary'`, commandText: `SELECT "${evil}"` };

    const { status, stdout } = await explainText(innerRecord(CLUSTER, evil, [event]));

    expect(status).toBe(0);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
    expect(stdout).not.toContain('canary');
  });

  it.each<[string, string, readonly string[], string]>([
    ['text that is not JSON', '{"canary', [], 'it is not JSON'],
    ['a list', '["canary"]', [], 'it must hold a record'],
    ['a scalar', '"canary"', [], 'it must hold a record'],
    ['another object', '{"type":"canary"}', [], 'it must hold a record'],
    ['an event of two records', '{"Records":[{"canary":1},{}]}', [], 'the event has 2 records'],
    ['an event of no record', '{"Records":[]}', [], 'the event has 0 records'],
    ['a record of another stream', '{"kinesis":{},"eventID":"canary"}', [], 'none that Lambda delivers'],
    ['a quarantine object without a record', '{"reason":1,"stage":1,"record":null}', [], 'none that Lambda delivers'],
    ['one event', '{"serverType":"canary"}', [], 'put it into databaseActivityEventList'],
    ['an unknown source', '{"type":"DatabaseActivityMonitoringRecord","clusterId":"canary"}', [], 'with --stream'],
    ['an outer record alone', '{"type":"DatabaseActivityMonitoringRecords","key":"canary"}', [], '--stream'],
    ['a bad stream', '{}', ['--stream', 'orders'], 'aws-rds-das-cluster-'],
    ['a record and a stream', '{"kinesis":{}}', ['--stream', 'aws-rds-das-db-A'], 'leave --stream out'],
    ['nothing', '', [], 'it is not JSON'],
  ])('refuses %s with 2, reports what is expected, and quotes nothing', async (_name, text, args, expected) => {
    const { status, stdout, stderr } = await explainText(text, args);

    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('canary');
  });

  it('reads the file that is named, and refuses one that does not exist with 2', async () => {
    const explainFile = (file: string) => runCli(wire.endpointUrl, ['explain', '--file', file]);

    const read = await explainFile(join(FIXTURES, 'aurora-mysql-1.json'));
    const refused = await explainFile(join(FIXTURES, 'nothing.json'));

    expect(read.status).toBe(0);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('it cannot be read: ENOENT');
  });

  it('reports that the Region is missing, rather than what it makes impossible', async () => {
    const environment = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, HOME: FIXTURES };

    const { status, stderr } = await explainText(await seal([CREATE]), ['--stream', streamName(CLUSTER)], environment);

    expect([status, stderr]).toEqual([1, 'error: Error: Region is missing\n']);
  });
});
