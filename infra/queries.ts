import { ACTIVITY_CLASSES, type Activity } from '../src/activity.ts';
import { type Resources, ref, substitute } from './cloudformation.ts';
import type { Parameters } from './parameters.ts';

type ColumnType = 'string' | 'boolean' | 'int' | 'bigint';

/** The same types in a view's words. */
const VIEW_TYPES: Record<ColumnType, string> = {
  string: 'varchar',
  boolean: 'boolean',
  int: 'integer',
  bigint: 'bigint',
};

/** An archive line's fields, each in Athena's type for a table; `class` is a part of the key, and so a partition. */
const LINE_FIELDS: Record<Exclude<keyof Activity, 'class'> | 'record', ColumnType> = {
  eventId: 'string',
  statementClass: 'string',
  action: 'string',
  outcome: 'string',
  auxiliary: 'boolean',
  engine: 'string',
  resourceId: 'string',
  instanceId: 'string',
  time: 'string',
  arrivalTime: 'string',
  shardId: 'string',
  sequenceNumber: 'string',
  index: 'int',
  user: 'string',
  database: 'string',
  remoteHost: 'string',
  sessionId: 'string',
  objectType: 'string',
  objectName: 'string',
  rowCount: 'bigint',
  errorCode: 'string',
  record: 'string',
};

const LINE_COLUMNS = Object.entries(LINE_FIELDS).map(([field, type]) => ({ field, name: field.toLowerCase(), type }));

const PARTITIONS = ['class', 'source', 'dt', 'hour'];

/** A Glue table over the archive, whose partitions Athena computes, and a view with one row an event. */
export function createQueries(parameters: Parameters, database: string): Resources {
  return {
    QueryDatabase: {
      Type: 'AWS::Glue::Database',
      Properties: {
        CatalogId: ref('AWS::AccountId'),
        DatabaseInput: { Name: database, Description: 'Database activity in the archive' },
      },
    },
    ActivityTable: {
      Type: 'AWS::Glue::Table',
      Properties: {
        CatalogId: ref('AWS::AccountId'),
        DatabaseName: ref('QueryDatabase'),
        TableInput: {
          Name: 'activity',
          Description: 'Every line of the archive: after a crash an event can have several',
          TableType: 'EXTERNAL_TABLE',
          Parameters: projection(parameters),
          PartitionKeys: PARTITIONS.map((name) => ({ Name: name, Type: 'string' })),
          StorageDescriptor: {
            Columns: LINE_COLUMNS.map(({ name, type }) => ({ Name: name, Type: type })),
            Location: substitute(`s3://\${ArchiveBucket}/${parameters.archivePrefix}/`),
            InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
            OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
            SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe', Parameters: readKeysAsWritten() },
          },
        },
      },
    },
    ActivityView: {
      Type: 'AWS::Glue::Table',
      DependsOn: ['ActivityTable'],
      Properties: {
        CatalogId: ref('AWS::AccountId'),
        DatabaseName: ref('QueryDatabase'),
        TableInput: { Name: 'activity_events', Description: 'One row an eventId', ...writeView(database) },
      },
    },
  };
}

/** https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html */
function projection({ streamArn, formerSources, archivePrefix }: Parameters) {
  const sources = [...streamArn.map(({ resourceId }) => resourceId), ...formerSources];
  return {
    classification: 'json',
    'projection.enabled': 'true',
    'projection.class.type': 'enum',
    'projection.class.values': ACTIVITY_CLASSES.join(','),
    'projection.source.type': 'enum',
    // Athena wants a value, where there is no stream too.
    'projection.source.values': [...new Set(sources)].join(',') || 'none',
    'projection.dt.type': 'date',
    'projection.dt.format': 'yyyy-MM-dd',
    'projection.dt.range': 'NOW-10YEARS,NOW+1DAYS',
    'projection.dt.interval': '1',
    'projection.dt.interval.unit': 'DAYS',
    'projection.hour.type': 'integer',
    'projection.hour.range': '0,23',
    'projection.hour.digits': '2',
    // The `!` leaves a placeholder to Athena.
    'storage.location.template': substitute(
      `s3://\${ArchiveBucket}/${archivePrefix}/${PARTITIONS.map((name) => `${name}=\${!${name}}`).join('/')}/`,
    ),
  };
}

/**
 * Athena's columns are in lower case. To compare keys without their case would write those inside of `record` in lower case
 * too, so each is mapped. https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
 */
function readKeysAsWritten(): Readonly<Record<string, string>> {
  const mixed = LINE_COLUMNS.filter(({ field, name }) => field !== name);
  return {
    'case.insensitive': 'FALSE',
    ...Object.fromEntries(mixed.map(({ field, name }) => [`mapping.${name}`, field])),
  };
}

/** A view as Athena itself keeps it in Glue: its statement and columns as JSON in base64. */
function writeView(database: string) {
  const columns = [...LINE_COLUMNS, ...PARTITIONS.map((name) => ({ name, type: 'string' as const }))];
  const view = {
    originalSql: writeViewStatement(
      database,
      columns.map(({ name }) => name),
    ),
    catalog: 'awsdatacatalog',
    schema: database,
    columns: columns.map(({ name, type }) => ({ name, type: VIEW_TYPES[type] })),
    runAsInvoker: false,
    path: [],
  };
  return {
    TableType: 'VIRTUAL_VIEW',
    Parameters: { presto_view: 'true', comment: 'Presto View' },
    ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(view)).toString('base64')} */`,
    ViewExpandedText: '/* Presto View */',
    StorageDescriptor: {
      Columns: columns.map(({ name, type }) => ({ Name: name, Type: type })),
      SerdeInfo: {},
    },
  };
}

/** The partitions stand beside the id, so that a condition on them still chooses what is read. */
function writeViewStatement(database: string, columns: readonly string[]): string {
  const names = columns.map((name) => `"${name}"`).join(', ');
  const copies = `row_number() OVER (PARTITION BY "class", "source", "dt", "hour", "eventid" ORDER BY "$path")`;
  return `SELECT ${names} FROM (SELECT *, ${copies} AS copy FROM "${database}"."activity") WHERE copy = 1`;
}
