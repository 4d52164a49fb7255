import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { ACCOUNT_ID, clientEnvironment, clientOptions, KEY_ARN, REGION, startAws } from '../../local/aws/index.ts';
import { generateDataKey, innerRecord, type SealingEngine, sealRecord } from '../../local/database-activity.ts';
import { createFunction } from '../../local/lambda.ts';
import type { BusEvent } from '../../local/outcome.ts';
import { ROOT } from '../../local/package.ts';
import { createSurroundings } from '../../local/provision.ts';
import { writeEvent } from '../../local/scenes.ts';
import { createBatch } from './batch.ts';
import { BUS } from './subscribing.ts';

const RESOURCE_IDS: Readonly<Record<SealingEngine, string>> = {
  'aurora-postgresql': 'cluster-POSTGRESQL',
  'aurora-mysql': 'cluster-MYSQL',
  oracle: 'db-ORACLE',
  sqlserver: 'db-SQLSERVER',
};
const INSTANCE = 'db-FZJTMYKCXQBUUZ6VLU7NW3ITCM';

/** What a database sent of an event. */
type Fields = Readonly<Record<string, unknown>>;

/** The tests look at what the function makes of a sample. */
const ANY_FATE = { kind: 'archived', class: 'UNKNOWN', auxiliary: false } as const;

const event = (command: string, of: string, commandText: string | null, fields?: Fields) => ({
  command,
  class: of,
  commandText,
  ...fields,
});
const pg = (command: string, of: string, commandText: string | null, fields?: Fields) =>
  event(command, of, commandText, { clientApplication: 'payroll-app', ...fields });
const failed = (of: string, text: string, exitCode: string) =>
  pg('ERROR', of, text, { exitCode, errorMessage: 'refused' });
const insert = (remoteHost: string, fields?: Fields) =>
  pg('INSERT', 'WRITE', 'INSERT INTO bonus VALUES (1)', { rowCount: 1, remoteHost, ...fields });
const deleteRows = (rowCount: number) => pg('DELETE', 'WRITE', 'DELETE FROM bonus', { rowCount });
const refuseFrom = (remoteHost: string) => pg('AUTH FAILURE', 'MISC', null, { remoteHost, exitCode: '28P01' });
const mysql = (commandText: string, fields?: Fields) => ({ command: 'QUERY', commandText, ...fields });
const oracle = (command: string, commandText: string, exitCode = 0) => ({ command, commandText, exitCode });

/** What happens at an instance, by a name, as the engine's database sends it. */
const SAMPLES: Readonly<Record<SealingEngine, Readonly<Record<string, Fields>>>> = {
  'aurora-postgresql': {
    'create table': pg('CREATE TABLE', 'DDL', 'CREATE TABLE bonus (id int)'),
    'drop table': pg('DROP TABLE', 'DDL', 'DROP TABLE bonus', { clientApplication: 'flyway' }),
    'create index elsewhere': pg('CREATE INDEX', 'DDL', 'CREATE INDEX i ON t (a)', { databaseName: 'shop' }),
    'failed create': failed('DDL', 'CREATE TABLE x (id int)', '42501'),
    'insert by a person': insert('10.20.3.4', { clientApplication: 'psql' }),
    'update by a person from another database': pg('UPDATE', 'WRITE', 'UPDATE payroll.bonus SET a = 1', {
      databaseName: 'hr',
      objectName: 'payroll.bonus',
      remoteHost: '10.20.255.9',
      rowCount: 25_000,
    }),
    'insert by the application': insert('10.20.3.4', { dbUserName: 'payroll_app' }),
    'insert from the next network': insert('10.21.0.1'),
    'insert by a person into another table': insert('10.20.3.4', { databaseName: 'shop', objectName: 'shop.payroll' }),
    'delete of 9,999 rows': deleteRows(9_999),
    'delete of 10,000 rows': deleteRows(10_000),
    'select of 12,000 rows': pg('SELECT', 'READ', 'SELECT * FROM bonus', {
      rowCount: 12_000,
      clientApplication: 'DBeaver',
    }),
    truncate: pg('TRUNCATE TABLE', 'WRITE', 'TRUNCATE TABLE bonus'),
    'failed drop': failed('DDL', 'DROP TABLE gone', '42P01'),
    grant: pg('GRANT', 'ROLE', 'GRANT SELECT ON bonus TO auditor', { databaseName: 'shop' }),
    'failed grant': failed('ROLE', 'GRANT ALL ON bonus TO eve', '42501'),
    'drop role': pg('DROP ROLE', 'ROLE', 'DROP ROLE auditor', { databaseName: 'shop' }),
    'syntax error': failed('MISC', 'SELEC 1', '42601'),
    begin: pg('BEGIN', 'MISC', 'BEGIN'),
    connect: pg('CONNECT', 'MISC', null, { clientApplication: '' }),
    'refused from outside': refuseFrom('203.0.113.77'),
    'refused from inside': refuseFrom('10.20.5.5'),
    'refused from the other inside': refuseFrom('10.30.5.5'),
    'refused from nearby': refuseFrom('10.2.0.1'),
    'refused by socket': refuseFrom(''),
  },
  'aurora-mysql': {
    'truncate on MySQL': mysql('TRUNCATE TABLE bonus'),
    'denied on MySQL': mysql('DELETE FROM bonus', { exitCode: '1142', errorMessage: 'denied' }),
    'syntax error on MySQL': mysql('SELECT 1 FROM', { exitCode: '1064', errorMessage: 'syntax' }),
    'insert by a person on MySQL': mysql('INSERT INTO bonus VALUES (1)', {
      databaseName: 'payroll',
      remoteHost: '10.20.0.8',
    }),
  },
  oracle: {
    'denied on Oracle': oracle('CREATE TABLE', 'CREATE TABLE t (id number)', 1031),
    'unknown table on Oracle': oracle('SELECT', 'SELECT * FROM t', 942),
    'create user on Oracle': oracle('CREATE USER', 'CREATE USER eve IDENTIFIED BY x'),
  },
  sqlserver: {
    'create table on SQL Server': event('ALTER', 'SCHEMA', 'CREATE TABLE bonus (id int)'),
    'alter login on SQL Server': event('ALTER', 'SQL LOGIN', 'ALTER LOGIN eve DISABLE', { databaseName: 'master' }),
    'insert on SQL Server': event('INSERT', 'TABLE', 'INSERT INTO bonus VALUES (1)'),
    'denied on SQL Server': event('SELECT', 'TABLE', 'SELECT * FROM bonus', {
      exitCode: 0,
      engineNativeAuditFields: { additional_information: '<action_info><error>0x000000e5</error></action_info>' },
    }),
  },
};

/** These happen on the instance that a rule watches. */
const WATCHED = ['create table', 'select of 12,000 rows', 'refused from inside'];
/** One per engine. */
const QUARANTINED = 'a record that cannot be read';

const NAMES = Object.values(SAMPLES).flatMap((samples) => Object.keys(samples));

/** Which samples each ready rule must get, written by hand. */
export const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'ddl-on-one-database': ['create table', 'drop table', 'create table on SQL Server'],
  'dml-by-people': ['insert by a person', 'update by a person from another database', 'insert by a person on MySQL'],
  privileges: ['grant', 'failed grant', 'drop role', 'create user on Oracle', 'alter login on SQL Server'],
  'refused-logins-from-elsewhere': ['refused from outside', 'refused from nearby', 'refused by socket'],
  'permission-denied': ['failed create', 'failed grant', 'denied on MySQL', 'denied on Oracle', 'denied on SQL Server'],
  'truncations-and-drops': ['drop table', 'truncate', 'drop role', 'truncate on MySQL'],
  'one-instance': WATCHED,
  'everything-but-reads': NAMES.filter((name) => !['select of 12,000 rows', 'begin'].includes(name)),
  'quarantined-records': Object.keys(SAMPLES).map(() => QUARANTINED),
  'unusual-clients': ['insert by a person', 'select of 12,000 rows', 'connect'],
  'one-engine': ['create table on SQL Server', 'alter login on SQL Server'],
  'many-rows': ['update by a person from another database', 'delete of 10,000 rows', 'select of 12,000 rows'],
};

export type Publisher = Awaited<ReturnType<typeof startPublisher>>;

/** Starts the stand-ins with the document's bus, and the built function, which publishes all classes on it. */
export async function startPublisher() {
  const aws = await startAws();
  const surroundings = { buckets: ['archive'], buses: [BUS], queues: [], topics: [], tables: [] };
  await createSurroundings(surroundings, aws.url);
  const environment = { ARCHIVE_BUCKET: 'archive', EVENT_BUS_NAME: BUS, PUBLISH_CLASSES: '*' };
  const lambda = createFunction({
    file: join(ROOT, 'dist', 'handler.cjs'),
    functionName: 'das-router',
    functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:das-router`,
    timeoutSeconds: 60,
    memoryMb: 1024,
    environment: { ...environment, ...clientEnvironment(aws.url, 'function') },
  });

  /** Seals the samples as databases do, and sends them through the function. Returns which of them an event is made of. */
  async function publishSamples() {
    const kms = new KMSClient(clientOptions(aws.url, 'test'));
    const names = new Map<string, string>();
    for (const [engine, resourceId] of Object.entries(RESOURCE_IDS) as [SealingEngine, string][]) {
      const dataKey = await generateDataKey(kms, KEY_ARN, resourceId);
      const samples = Object.entries(SAMPLES[engine]);
      const from = names.size;
      const data = samples.map(([name, fields], index) => {
        const written = writeEvent(engine, { fields, fate: ANY_FATE }, '2026-03-01 12:59:58.267214', from + index);
        const instanceId = WATCHED.includes(name) ? INSTANCE : resourceId.replace('cluster-', 'db-');
        return sealRecord(innerRecord(resourceId, instanceId, [written]), engine, dataKey);
      });
      const batch = createBatch(resourceId, [...(await Promise.all(data)), Buffer.from('not an envelope')], from);
      for (const [index, { kinesis }] of batch.Records.entries()) {
        names.set(kinesis.sequenceNumber, samples[index]?.[0] ?? QUARANTINED);
      }
      const response = await lambda.invoke(batch);
      if (JSON.stringify(response) !== '{"batchItemFailures":[]}') throw new Error('The samples were not published');
    }
    return ({ detail: { metadata, data } }: BusEvent) =>
      names.get(String(metadata.sequenceNumber ?? data.sequenceNumber)) ?? 'no sample';
  }

  return {
    endpointUrl: aws.url,
    publishSamples,
    async close() {
      await lambda.close();
      await aws.close();
    },
  };
}
