import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { streamName } from '../../local/deployment.ts';
import { ROOT } from '../../local/package.ts';
import { SCENES, writeEvent } from '../../local/scenes.ts';
import { CLUSTER as DOCUMENTED } from '../support/activity.ts';
import { createBatch } from '../support/batch.ts';
import { OPERATOR, runCli } from '../support/cli.ts';
import { readDocument } from '../support/documents.ts';
import { createMaterials, POISON_RECORDS, STRANGE_RECORDS } from '../support/poison-records.ts';
import { failing, startWire, type Wire } from '../support/wire.ts';

const CLUSTER = 'cluster-EXPLAINED';
const FIXTURES = 'test/fixtures';
const MOMENT = '2026-03-01 12:59:58.267214';
const CREATE = {
  type: 'record',
  serverType: 'PostgreSQL',
  class: 'DDL',
  command: 'CREATE TABLE',
  commandText: "CREATE TABLE bonus (note text DEFAULT 'canary')",
};
const INNER = innerRecord(CLUSTER, 'db-TEST', [CREATE]);
const WITHOUT_REGION = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined };

/** One poison record of each reason and stage. */
const POISON = [...new Map(POISON_RECORDS.map((row) => [`${row[1]} ${row[2]}`, row])).values()];

let wire: Wire;
beforeAll(async () => {
  wire = await startWire();
  return wire.close;
});

/** Explains what stdin holds. */
function explainText(stdin: string | Uint8Array, args: readonly string[] = [], environment = {}) {
  return runCli(wire.endpointUrl, ['explain', '--file', '-', ...args], { stdin, environment });
}

const explainJson = (value: unknown, args: readonly string[] = []) => explainText(JSON.stringify(value), args);

const seal = async (inner = INNER, source = CLUSTER) =>
  sealRecord(inner, 'aurora-postgresql', await wire.generateDataKey(source));

const deliver = (data: Uint8Array, source = CLUSTER) => createBatch(source, [data]).Records[0];

/** The names of the steps, in their order. */
const stepsOf = (stdout: string) => stdout.split('\n').flatMap((line) => /^[a-z-]+/.exec(line)?.[0] ?? []);

describe('explain', () => {
  it('shows each step of a record as Lambda delivers it, as in the document', async () => {
    const inner = innerRecord(DOCUMENTED, 'db-FZJTMYKCXQBUUZ6VLU7NW3ITCM', [{ type: 'heartbeat' }, CREATE]);

    const { status, stdout, stderr } = await explainJson(deliver(await seal(inner, DOCUMENTED), DOCUMENTED));

    // zlib decides on the compressed length.
    const withoutBytes = (text: string) => text.replace(/\d+ bytes/g, 'bytes');
    const document = withoutBytes(readDocument('docs/command-line.md'));
    expect(document).toContain(`\n\`\`\`\n${withoutBytes(stdout)}\`\`\`\n`);
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each<[string, (data: Uint8Array) => unknown, readonly string[]]>([
    ['an event with one record', (data) => ({ Records: [deliver(data)] }), []],
    ['a quarantine object', (data) => ({ reason: 'KEY_REJECTED', stage: 'data-key', record: deliver(data) }), []],
    ['the outer record', (data) => JSON.parse(Buffer.from(data).toString()), ['--stream', streamName(CLUSTER)]],
    ['the inner record', () => JSON.parse(INNER), []],
  ])('takes %s', async (_name, wrap, args) => {
    const { status, stdout } = await explainJson(wrap(await seal()), args);

    expect(status).toBe(0);
    expect(stdout).toContain('DDL, CREATE TABLE, SUCCESS');
    expect(stdout).toContain(`activity/class=DDL/source=${CLUSTER}/dt=`);
    expect(stdout).not.toContain('canary');
  });

  it('needs no AWS for an inner record', async () => {
    const before = wire.calls(OPERATOR).length;

    const { status } = await explainText(INNER, [], { ...WITHOUT_REGION, AWS_ACCESS_KEY_ID: undefined });

    expect(status).toBe(0);
    expect(wire.calls(OPERATOR)).toHaveLength(before);
  });

  it.each([
    ['full', true, true],
    ['redacted', false, true],
    ['none', false, false],
  ])('shows of statements what --statement-text %s says', async (text, literals, statements) => {
    const { stdout } = await explainText(INNER, ['--statement-text', text]);

    expect([stdout.includes('canary'), stdout.includes('TABLE bonus')]).toEqual([literals, statements]);
  });

  it.each(POISON)('reports reason and stage of a poison record: %s', async (name, reason, stage, poison) => {
    const materials = await createMaterials(wire, name);
    const record = deliver(await poison(materials), materials.cluster);

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

  it.each(readdirSync(join(ROOT, FIXTURES, 'expected')))(
    'agrees with what is expected of the sample %s',
    async (name) => {
      const sample = JSON.parse(readDocument(join(FIXTURES, name)));
      const { line, event } = JSON.parse(readDocument(join(FIXTURES, 'expected', name)));
      const isRecord = sample.databaseActivityEventList !== undefined;

      const { status, stdout } = await explainText(
        isRecord ? JSON.stringify(sample) : innerRecord(CLUSTER, 'db-TEST', [sample]),
      );

      expect(status).toBe(0);
      expect(stdout).toContain(`${line.class}, ${line.action ?? 'no action'}, ${line.outcome}\n`);
      expect(stdout).toContain(`engine ${line.engine}, statement class ${line.statementClass ?? 'none'}\n`);
      expect(stdout.includes('dropped by the rule service-users of DROP_RULES')).toBe(line.user === 'rdsadmin');
      expect(stdout).toContain(event.detail.data.statement?.text ?? '');
    },
  );

  it('says why an event is not published', async () => {
    const events = SCENES['aurora-mysql'].map((scene, index) => writeEvent('aurora-mysql', scene, MOMENT, index));

    const { stdout } = await explainText(innerRecord(CLUSTER, 'db-TEST', events));

    expect(stdout).toContain('archived, not published: PUBLISH_CLASSES does not name DQL');
    expect(stdout).toContain('archived, not published: PUBLISH_AUXILIARY is false');
  });

  it('tells a refusal by KMS from the fault of a record', async () => {
    const record = deliver(await seal());
    wire.failWith(failing('kms Decrypt', 'AccessDeniedException', 400));

    const { status, stdout } = await explainJson(record);

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
    ['a file that does not exist', '', ['--file', 'nothing.json'], 'it cannot be read: ENOENT'],
  ])('refuses %s with 2, reports what is expected, and quotes nothing', async (_name, text, args, expected) => {
    const { status, stdout, stderr } = await explainText(text, args);

    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain('canary');
  });

  it('reports that the Region is missing, rather than what it makes impossible', async () => {
    const environment = { ...WITHOUT_REGION, HOME: FIXTURES };

    const { status, stderr } = await explainText(await seal(), ['--stream', streamName(CLUSTER)], environment);

    expect([status, stderr]).toEqual([1, 'error: Error: Region is missing\n']);
  });
});
