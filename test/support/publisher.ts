import { join } from 'node:path';
import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ACCOUNT_ID, clientEnvironment, clientOptions, KEY_ARN, REGION, startAws } from '../../local/aws/index.ts';
import { generateDataKey, innerRecord, type SealingEngine, sealRecord } from '../../local/database-activity.ts';
import { createFunction } from '../../local/lambda.ts';
import type { BusEvent } from '../../local/outcome.ts';
import { ROOT } from '../../local/package.ts';
import { writeEvent } from '../../local/scenes.ts';
import { createBatch } from './batch.ts';

/** The bus of the document. */
export const BUS = 'das-router-dev';

const RESOURCE_IDS: Readonly<Record<SealingEngine, string>> = {
  'aurora-postgresql': 'cluster-POSTGRESQL',
  'aurora-mysql': 'cluster-MYSQL',
  oracle: 'db-ORACLE',
  sqlserver: 'db-SQLSERVER',
};
const INSTANCE = 'db-FZJTMYKCXQBUUZ6VLU7NW3ITCM';

/** What a database sent of an event. */
type Fields = Readonly<Record<string, unknown>>;

/** By a name. */
type Samples = Readonly<Record<string, Fields>>;

/** The tests look at what the function makes of a sample. */
const ANY_FATE = { kind: 'archived', class: 'UNKNOWN', auxiliary: false } as const;

const statement = (command: string, of: string, commandText: string | null, fields: Fields = {}) => ({
  command,
  class: of,
  commandText,
  ...fields,
});
const onPostgresql = (command: string, of: string, commandText: string | null, fields: Fields = {}) =>
  statement(command, of, commandText, { clientApplication: 'payroll-app', ...fields });
const failed = (of: string, commandText: string, exitCode: string) =>
  onPostgresql('ERROR', of, commandText, { exitCode, errorMessage: 'refused' });
const insert = (value: number, fields: Fields) =>
  onPostgresql('INSERT', 'WRITE', `INSERT INTO bonus VALUES (${value})`, { rowCount: 1, ...fields });
const deleteRows = (rowCount: number) => onPostgresql('DELETE', 'WRITE', 'DELETE FROM bonus', { rowCount });
const refuseFrom = (remoteHost: string) =>
  onPostgresql('AUTH FAILURE', 'MISC', null, { remoteHost, exitCode: '28P01' });
const onMysql = (commandText: string, fields: Fields = {}) => statement('QUERY', 'MAIN', commandText, fields);
const onOracle = (command: string, commandText: string, fields: Fields = {}) =>
  statement(command, 'Standard', commandText, fields);

/** What happens at an instance, by a name, as the engine's database sends it. */
const SAMPLES: Readonly<Record<SealingEngine, Samples>> = {
  'aurora-postgresql': {
    'create table': onPostgresql('CREATE TABLE', 'DDL', 'CREATE TABLE bonus (id int)'),
    'drop table': onPostgresql('DROP TABLE', 'DDL', 'DROP TABLE bonus', { clientApplication: 'flyway' }),
    'create index elsewhere': onPostgresql('CREATE INDEX', 'DDL', 'CREATE INDEX i ON t (a)', { databaseName: 'shop' }),
    'failed create': failed('DDL', 'CREATE TABLE x (id int)', '42501'),
    'insert by a person': insert(1, { remoteHost: '10.20.3.4', clientApplication: 'psql' }),
    'update by a person from another database': onPostgresql('UPDATE', 'WRITE', 'UPDATE payroll.bonus SET a = 1', {
      databaseName: 'hr',
      objectName: 'payroll.bonus',
      remoteHost: '10.20.255.9',
      rowCount: 25_000,
    }),
    'insert by the application': insert(2, { dbUserName: 'payroll_app', remoteHost: '10.20.3.4' }),
    'insert from the next network': insert(3, { remoteHost: '10.21.0.1' }),
    'insert by a person into another table': insert(4, {
      databaseName: 'shop',
      objectName: 'shop.payroll',
      remoteHost: '10.20.3.4',
    }),
    'delete of 9,999 rows': deleteRows(9_999),
    'delete of 10,000 rows': deleteRows(10_000),
    'select of 12,000 rows': onPostgresql('SELECT', 'READ', 'SELECT * FROM bonus', {
      rowCount: 12_000,
      clientApplication: 'DBeaver',
    }),
    truncate: onPostgresql('TRUNCATE TABLE', 'WRITE', 'TRUNCATE TABLE bonus'),
    'failed drop': failed('DDL', 'DROP TABLE gone', '42P01'),
    grant: onPostgresql('GRANT', 'ROLE', 'GRANT SELECT ON bonus TO auditor', { databaseName: 'shop' }),
    'failed grant': failed('ROLE', 'GRANT ALL ON bonus TO eve', '42501'),
    'drop role': onPostgresql('DROP ROLE', 'ROLE', 'DROP ROLE auditor', { databaseName: 'shop' }),
    'syntax error': failed('MISC', 'SELEC 1', '42601'),
    begin: onPostgresql('BEGIN', 'MISC', 'BEGIN'),
    connect: onPostgresql('CONNECT', 'MISC', null, { clientApplication: '' }),
    'refused from outside': refuseFrom('203.0.113.77'),
    'refused from inside': refuseFrom('10.20.5.5'),
    'refused from the other inside': refuseFrom('10.30.5.5'),
    'refused from nearby': refuseFrom('10.2.0.1'),
    'refused by socket': refuseFrom(''),
  },
  'aurora-mysql': {
    'truncate on MySQL': onMysql('TRUNCATE TABLE bonus'),
    'denied on MySQL': onMysql('DELETE FROM bonus', { exitCode: '1142', errorMessage: 'denied' }),
    'syntax error on MySQL': onMysql('SELECT 1 FROM', { exitCode: '1064', errorMessage: 'syntax' }),
    'insert by a person on MySQL': onMysql('INSERT INTO bonus VALUES (1)', {
      databaseName: 'payroll',
      remoteHost: '10.20.0.8',
    }),
  },
  oracle: {
    'denied on Oracle': onOracle('CREATE TABLE', 'CREATE TABLE t (id number)', { exitCode: 1031 }),
    'unknown table on Oracle': onOracle('SELECT', 'SELECT * FROM t', { exitCode: 942 }),
    'create user on Oracle': onOracle('CREATE USER', 'CREATE USER eve IDENTIFIED BY x'),
  },
  sqlserver: {
    'create table on SQL Server': statement('ALTER', 'SCHEMA', 'CREATE TABLE bonus (id int)'),
    'alter login on SQL Server': statement('ALTER', 'SQL LOGIN', 'ALTER LOGIN eve DISABLE', { databaseName: 'master' }),
    'insert on SQL Server': statement('INSERT', 'TABLE', 'INSERT INTO bonus VALUES (1)'),
    'denied on SQL Server': statement('SELECT', 'TABLE', 'SELECT * FROM bonus', {
      exitCode: 0,
      engineNativeAuditFields: { additional_information: '<action_info><error>0x000000e5</error></action_info>' },
    }),
  },
};

/** These happen on the instance that a rule watches. */
const WATCHED = ['create table', 'select of 12,000 rows', 'refused from inside'];
/** One per engine. */
const QUARANTINED = 'a record that cannot be read';

/** Of all samples. */
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

/** The stand-ins with the document's bus, and the built function that publishes all classes on it. */
export interface Publisher {
  readonly endpointUrl: string;
  /** Seals the samples as databases do and sends them through the function. Returns which of them an event is made of. */
  readonly publishSamples: () => Promise<(event: BusEvent) => string>;
  readonly close: () => Promise<void>;
}

export async function startPublisher(): Promise<Publisher> {
  const aws = await startAws();
  const options = clientOptions(aws.url, 'test');
  await new S3Client(options).send(new CreateBucketCommand({ Bucket: 'archive' }));
  await new EventBridgeClient(options).send(new CreateEventBusCommand({ Name: BUS }));
  const environment = { ARCHIVE_BUCKET: 'archive', EVENT_BUS_NAME: BUS, PUBLISH_CLASSES: '*' };
  const lambda = createFunction({
    file: join(ROOT, 'dist', 'handler.cjs'),
    functionName: 'das-router',
    functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:das-router`,
    timeoutSeconds: 60,
    memoryMb: 1024,
    environment: { ...environment, ...clientEnvironment(aws.url, 'function') },
  });

  async function publishSamples() {
    const kms = new KMSClient(options);
    const names = new Map<string, string>();
    let position = 0;
    for (const [engine, samples] of Object.entries(SAMPLES) as [SealingEngine, Samples][]) {
      const resourceId = RESOURCE_IDS[engine];
      const dataKey = await generateDataKey(kms, KEY_ARN, resourceId);
      const data: Uint8Array[] = [];
      for (const [name, sample] of Object.entries(samples)) {
        const event = writeEvent(engine, { fields: sample, fate: ANY_FATE }, '2026-03-01 12:59:58.267214', position);
        const instanceId = WATCHED.includes(name) ? INSTANCE : resourceId.replace('cluster-', 'db-');
        data.push(await sealRecord(innerRecord(resourceId, instanceId, [event]), engine, dataKey));
      }
      data.push(Buffer.from('not an envelope'));
      const batch = createBatch(resourceId, data, position);
      for (const [index, name] of [...Object.keys(samples), QUARANTINED].entries()) {
        names.set(`${resourceId}/${batch.Records[index]?.kinesis.sequenceNumber}`, name);
      }
      position += data.length;
      const response = await lambda.invoke(batch);
      if (JSON.stringify(response) !== '{"batchItemFailures":[]}') throw new Error('The samples were not published');
    }
    return ({ detail: { metadata, data } }: BusEvent) =>
      names.get(`${data.resourceId}/${metadata.sequenceNumber ?? data.sequenceNumber}`) ?? 'no sample';
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
