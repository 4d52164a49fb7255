import { describe, expect, it } from 'vitest';
import { resolveIntrinsics } from '../../../local/intrinsics.ts';
import { ACTIVITY_CLASSES } from '../../../src/activity.ts';
import { contentOf, createEvent, layOutEvents } from '../../support/activity.ts';
import { CLUSTER, createResources, INSTANCE } from '../../support/stack.ts';

interface Table {
  readonly Name: string;
  readonly Parameters: Readonly<Record<string, string>>;
  readonly PartitionKeys: readonly { readonly Name: string }[];
  readonly StorageDescriptor: {
    readonly Columns: readonly { readonly Name: string; readonly Type: string }[];
    readonly Location: string;
    readonly SerdeInfo: { readonly Parameters: Readonly<Record<string, string>> };
  };
  readonly ViewOriginalText: string;
}

function readTable(logicalId: string, parameters = {}): Table {
  const resources = createResources(parameters);
  return resolveIntrinsics(resources[logicalId]?.Properties.TableInput, resources) as Table;
}

const EVENT = createEvent({
  origin: { resourceId: CLUSTER, arrivalTime: '2026-03-01T09:59:59.500Z' },
  activity: { class: 'AUTH_FAILURE' },
});
const [group] = layOutEvents([EVENT], EVENT.origin, EVENT.origin, 'audit/das');

describe('the table', () => {
  const table = readTable('ActivityTable', { archivePrefix: 'audit/das', formerSources: `${INSTANCE},db-GONE` });

  it("finds the function's own objects by the partitions of their events", () => {
    const partitions: Readonly<Record<string, string>> = {
      class: 'AUTH_FAILURE',
      source: CLUSTER,
      dt: '2026-03-01',
      hour: '09',
    };

    const template = table.Parameters['storage.location.template'] ?? '';
    const folder = template.replace(/\$\{(\w+)\}/g, (_all, name) => partitions[name] ?? '');

    expect(folder).toBe(`s3://das-router-archivebucket/${group?.key.replace(/[^/]+$/, '')}`);
    expect(folder.startsWith(table.StorageDescriptor.Location)).toBe(true);
    expect(table.PartitionKeys.map(({ Name }) => Name)).toEqual(Object.keys(partitions));
  });

  it('computes every partition that the function can write', () => {
    const { Parameters: projection } = table;

    expect(projection['projection.class.values']?.split(',')).toEqual([...ACTIVITY_CLASSES]);
    expect(projection['projection.source.values']?.split(',')).toEqual([CLUSTER, INSTANCE, 'db-GONE']);
    expect(projection).toMatchObject({
      'projection.enabled': 'true',
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
    });
    for (const { Name: name } of table.PartitionKeys) expect(projection).toHaveProperty([`projection.${name}.type`]);
  });

  it('has a column for every field of a line, by the name that the line gives it', () => {
    const fields = Object.keys(JSON.parse(contentOf(group))).filter((field) => field !== 'class');
    const { Columns: columns, SerdeInfo: serde } = table.StorageDescriptor;

    const read = columns.map(({ Name: name }) => serde.Parameters[`mapping.${name}`] ?? name);

    expect(read.sort()).toEqual(fields.sort());
    expect(serde.Parameters['case.insensitive']).toBe('FALSE');
  });
});

describe('the view', () => {
  const view = readTable('ActivityView');
  const base64 = /^\/\* Presto View: (.*) \*\/$/.exec(view.ViewOriginalText)?.[1] ?? '';
  const { originalSql, schema, columns } = JSON.parse(Buffer.from(base64, 'base64').toString());

  it('reads the table, with one row an eventId', () => {
    const resources = createResources();
    const database = resources.QueryDatabase?.Properties.DatabaseInput as { readonly Name: string };

    expect(schema).toBe(database.Name);
    expect(originalSql).toContain(`FROM "${database.Name}"."${readTable('ActivityTable').Name}"`);
    expect(originalSql).toMatch(/row_number\(\) OVER \(PARTITION BY .*"eventid".*\) AS copy .* WHERE copy = 1$/);
  });

  it('has the same columns in the statement, for Athena and for Glue', () => {
    const selected = /^SELECT (.*?) FROM/.exec(originalSql)?.[1]?.replaceAll('"', '').split(', ');
    const glue = view.StorageDescriptor.Columns;

    expect(columns.map(({ name }: { name: string }) => name)).toEqual(selected);
    expect(glue.map(({ Name }) => Name)).toEqual(selected);
    expect(glue.map(({ Type }) => Type).map((type) => ({ string: 'varchar', int: 'integer' })[type] ?? type)).toEqual(
      columns.map(({ type }: { type: string }) => type),
    );
  });

  it('lets a condition on a partition choose what is read', () => {
    const partitionBy = /PARTITION BY (.*?) ORDER/.exec(originalSql)?.[1];

    for (const { Name: name } of readTable('ActivityTable').PartitionKeys) expect(partitionBy).toContain(`"${name}"`);
  });
});
