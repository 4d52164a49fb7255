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

/** By a name, the fields that the database sent. */
type Samples = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What the function makes of a sample is what is looked at. */
const ANY_FATE = { kind: 'archived', class: 'UNKNOWN', auxiliary: false } as const;

/** What happens at an instance, by a name, as the engine's database tells it. */
const SAMPLES: Readonly<Record<SealingEngine, Samples>> = {
  'aurora-postgresql': {
    'create table': { command: 'CREATE TABLE', class: 'DDL', commandText: 'CREATE TABLE bonus (id int)' },
    'drop table': { command: 'DROP TABLE', class: 'DDL', commandText: 'DROP TABLE bonus', clientApplication: 'flyway' },
    'create index elsewhere': {
      command: 'CREATE INDEX',
      class: 'DDL',
      commandText: 'CREATE INDEX i ON t (a)',
      databaseName: 'shop',
    },
    'failed create': {
      command: 'ERROR',
      class: 'DDL',
      commandText: 'CREATE TABLE x (id int)',
      exitCode: '42501',
      errorMessage: 'permission denied',
    },
    'insert by a person': {
      command: 'INSERT',
      class: 'WRITE',
      commandText: 'INSERT INTO bonus VALUES (1)',
      remoteHost: '10.20.3.4',
      rowCount: 1,
      clientApplication: 'psql',
    },
    'update by a person from another database': {
      command: 'UPDATE',
      class: 'WRITE',
      commandText: 'UPDATE payroll.bonus SET a = 1',
      databaseName: 'hr',
      objectName: 'payroll.bonus',
      remoteHost: '10.20.255.9',
      rowCount: 25_000,
    },
    'insert by the application': {
      command: 'INSERT',
      class: 'WRITE',
      commandText: 'INSERT INTO bonus VALUES (2)',
      dbUserName: 'payroll_app',
      remoteHost: '10.20.3.4',
      rowCount: 1,
    },
    'insert from the next network': {
      command: 'INSERT',
      class: 'WRITE',
      commandText: 'INSERT INTO bonus VALUES (3)',
      remoteHost: '10.21.0.1',
      rowCount: 1,
    },
    'insert by a person into another table': {
      command: 'INSERT',
      class: 'WRITE',
      commandText: 'INSERT INTO items VALUES (1)',
      databaseName: 'shop',
      objectName: 'shop.payroll',
      remoteHost: '10.20.3.4',
      rowCount: 1,
    },
    'delete of 9,999 rows': { command: 'DELETE', class: 'WRITE', commandText: 'DELETE FROM bonus', rowCount: 9_999 },
    'delete of 10,000 rows': { command: 'DELETE', class: 'WRITE', commandText: 'DELETE FROM bonus', rowCount: 10_000 },
    'select of 12,000 rows': {
      command: 'SELECT',
      class: 'READ',
      commandText: 'SELECT * FROM bonus',
      rowCount: 12_000,
      clientApplication: 'DBeaver',
    },
    truncate: { command: 'TRUNCATE TABLE', class: 'WRITE', commandText: 'TRUNCATE TABLE bonus' },
    'failed drop': {
      command: 'ERROR',
      class: 'DDL',
      commandText: 'DROP TABLE gone',
      exitCode: '42P01',
      errorMessage: 'no such table',
    },
    grant: { command: 'GRANT', class: 'ROLE', commandText: 'GRANT SELECT ON bonus TO auditor', databaseName: 'shop' },
    'failed grant': {
      command: 'ERROR',
      class: 'ROLE',
      commandText: 'GRANT ALL ON bonus TO eve',
      exitCode: '42501',
      errorMessage: 'permission denied',
    },
    'drop role': { command: 'DROP ROLE', class: 'ROLE', commandText: 'DROP ROLE auditor', databaseName: 'shop' },
    'syntax error': {
      command: 'ERROR',
      class: 'MISC',
      commandText: 'SELEC 1',
      exitCode: '42601',
      errorMessage: 'syntax error',
    },
    begin: { command: 'BEGIN', class: 'MISC', commandText: 'BEGIN' },
    connect: { command: 'CONNECT', class: 'MISC', commandText: null, clientApplication: '' },
    'refused from outside': {
      command: 'AUTH FAILURE',
      class: 'MISC',
      commandText: null,
      remoteHost: '203.0.113.77',
      exitCode: '28P01',
    },
    'refused from inside': {
      command: 'AUTH FAILURE',
      class: 'MISC',
      commandText: null,
      remoteHost: '10.20.5.5',
      exitCode: '28P01',
    },
    'refused from the other inside': {
      command: 'AUTH FAILURE',
      class: 'MISC',
      commandText: null,
      remoteHost: '10.30.5.5',
      exitCode: '28P01',
    },
    'refused from nearby': {
      command: 'AUTH FAILURE',
      class: 'MISC',
      commandText: null,
      remoteHost: '10.2.0.1',
      exitCode: '28P01',
    },
    'refused by socket': {
      command: 'AUTH FAILURE',
      class: 'MISC',
      commandText: null,
      remoteHost: '',
      exitCode: '28P01',
    },
  },
  'aurora-mysql': {
    'truncate on MySQL': { command: 'QUERY', commandText: 'TRUNCATE TABLE bonus' },
    'denied on MySQL': { command: 'QUERY', commandText: 'DELETE FROM bonus', exitCode: '1142', errorMessage: 'denied' },
    'syntax error on MySQL': {
      command: 'QUERY',
      commandText: 'SELECT 1 FROM',
      exitCode: '1064',
      errorMessage: 'syntax',
    },
    'insert by a person on MySQL': {
      command: 'QUERY',
      commandText: 'INSERT INTO bonus VALUES (1)',
      databaseName: 'payroll',
      remoteHost: '10.20.0.8',
    },
  },
  oracle: {
    'denied on Oracle': {
      command: 'CREATE TABLE',
      commandText: 'CREATE TABLE t (id number)',
      exitCode: 1031,
      errorMessage: 'ORA-01031',
    },
    'unknown table on Oracle': {
      command: 'SELECT',
      commandText: 'SELECT * FROM t',
      exitCode: 942,
      errorMessage: 'ORA-00942',
    },
    'create user on Oracle': { command: 'CREATE USER', commandText: 'CREATE USER eve IDENTIFIED BY x' },
  },
  sqlserver: {
    'create table on SQL Server': { command: 'ALTER', class: 'SCHEMA', commandText: 'CREATE TABLE bonus (id int)' },
    'alter login on SQL Server': {
      command: 'ALTER',
      class: 'SQL LOGIN',
      commandText: 'ALTER LOGIN eve DISABLE',
      databaseName: 'master',
    },
    'insert on SQL Server': { command: 'INSERT', class: 'TABLE', commandText: 'INSERT INTO bonus VALUES (1)' },
    'denied on SQL Server': {
      command: 'SELECT',
      class: 'TABLE',
      commandText: 'SELECT * FROM bonus',
      exitCode: 0,
      engineNativeAuditFields: { additional_information: '<action_info><error>0x000000e5</error></action_info>' },
    },
  },
};

/** What all samples of Aurora PostgreSQL have where they say no other. */
const OF_APPLICATION = { clientApplication: 'payroll-app' };
/** These happen on the instance that a rule watches. */
const WATCHED = ['create table', 'select of 12,000 rows', 'refused from inside'];
/** One of each engine. */
const QUARANTINED = 'a record that cannot be read';

/** Of all samples. */
export const NAMES = Object.values(SAMPLES).flatMap((samples) => Object.keys(samples));

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
  /** Seals the samples as databases do and sends them through the function; answers how to tell which of them an event is. */
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
        const fields = engine === 'aurora-postgresql' ? { ...OF_APPLICATION, ...sample } : sample;
        const event = writeEvent(engine, { fields, fate: ANY_FATE }, '2026-03-01 12:59:58.267214', position);
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
