import { describe, expect, it } from 'vitest';
import { resolveIntrinsics } from '../../../local/intrinsics.ts';
import { ACTIVITY_CLASSES } from '../../../src/activity.ts';
import { contentOf, createEvent, layOutEvents } from '../../support/activity.ts';
import { valueAt } from '../../support/lookup.ts';
import { CLUSTER, createResources, INSTANCE } from '../../support/stack.ts';

const resources = createResources({ archivePrefix: 'audit/das', formerSources: `${INSTANCE},db-GONE` });
const read = <T>(path: string) => resolveIntrinsics(valueAt(resources, path), resources) as T;
const columnsOf = (logicalId: string) =>
  read<readonly { Name: string; Type: string }[]>(`${logicalId}.TableInput.StorageDescriptor.Columns`);

const parameters = read<Readonly<Record<string, string>>>('ActivityTable.TableInput.Parameters');
const partitions = read<readonly { Name: string }[]>('ActivityTable.TableInput.PartitionKeys');
const partitionNames = partitions.map(({ Name }) => Name);

const EVENT = createEvent({
  origin: { resourceId: CLUSTER, arrivalTime: '2026-03-01T09:59:59.500Z' },
  activity: { class: 'AUTH_FAILURE' },
});
const [group] = layOutEvents([EVENT], EVENT.origin, EVENT.origin, 'audit/das');

describe('the table', () => {
  it("finds the function's own objects by the partitions of their events", () => {
    const partitions = { class: 'AUTH_FAILURE', source: CLUSTER, dt: '2026-03-01', hour: '09' };

    const template = parameters['storage.location.template'] ?? '';
    const folder = template.replace(/\$\{(\w+)\}/g, (_all, name: keyof typeof partitions) => partitions[name]);

    expect(folder).toBe(`s3://das-router-archivebucket/${group?.key.replace(/[^/]+$/, '')}`);
    expect(folder.startsWith(read('ActivityTable.TableInput.StorageDescriptor.Location'))).toBe(true);
    expect(partitionNames).toEqual(Object.keys(partitions));
  });

  it('computes every partition that the function can write', () => {
    expect(parameters).toMatchObject({
      'projection.enabled': 'true',
      'projection.class.values': ACTIVITY_CLASSES.join(),
      'projection.source.values': [CLUSTER, INSTANCE, 'db-GONE'].join(),
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
    });
    for (const name of partitionNames) expect(parameters).toHaveProperty([`projection.${name}.type`]);
  });

  it('has a column for every field of a line, by the name that the line gives it', () => {
    const fields = Object.keys(JSON.parse(contentOf(group))).filter((field) => field !== 'class');
    const serde = read<Record<string, string>>('ActivityTable.TableInput.StorageDescriptor.SerdeInfo.Parameters');

    const mapped = columnsOf('ActivityTable').map(({ Name: name }) => serde[`mapping.${name}`] ?? name);

    expect(mapped.sort()).toEqual(fields.sort());
    expect(serde['case.insensitive']).toBe('FALSE');
  });
});

describe('the view', () => {
  const text = read<string>('ActivityView.TableInput.ViewOriginalText');
  const base64 = /^\/\* Presto View: (.*) \*\/$/.exec(text)?.[1] ?? '';
  const { originalSql, schema, columns } = JSON.parse(Buffer.from(base64, 'base64').toString());

  it('reads the table, with one row per eventId, and lets a condition on a partition choose what is read', () => {
    const database = read('QueryDatabase.DatabaseInput.Name');
    const [, partitionBy = '', from] =
      /OVER \(PARTITION BY (.*) ORDER .*\) AS copy FROM (.*)\) WHERE copy = 1$/.exec(originalSql) ?? [];

    expect(schema).toBe(database);
    expect(from).toBe(`"${database}"."${read('ActivityTable.TableInput.Name')}"`);
    expect(partitionBy.split(', ').sort()).toEqual([...partitionNames, 'eventid'].map((name) => `"${name}"`).sort());
  });

  it('has the same columns in the statement, for Athena and for Glue', () => {
    const selected = /^SELECT (.*?) FROM/.exec(originalSql)?.[1]?.replaceAll('"', '').split(', ');
    const types: Readonly<Record<string, string>> = { string: 'varchar', int: 'integer' };
    const glue = columnsOf('ActivityView').map(({ Name: name, Type }) => ({ name, type: types[Type] ?? Type }));

    expect(columns).toEqual(glue);
    expect(glue.map(({ name }) => name)).toEqual(selected);
  });
});
