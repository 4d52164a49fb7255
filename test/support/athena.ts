import { DatabaseSync } from 'node:sqlite';
import { resolveIntrinsics } from '../../local/intrinsics.ts';
import type { ArchivedLine } from '../../local/outcome.ts';
import { createResources } from './stack.ts';

type Row = Readonly<Record<string, unknown>>;

interface Column {
  readonly Name: string;
}

interface Table {
  readonly Name: string;
  readonly PartitionKeys: readonly Column[];
  readonly StorageDescriptor: {
    readonly Columns: readonly Column[];
    readonly SerdeInfo: { readonly Parameters: Readonly<Record<string, string>> };
  };
  readonly ViewOriginalText: string;
}

/** Returns the rows of a query. Throws where it names a table or a column that does not exist. */
export type RunQuery = (sql: string) => readonly Row[];

/**
 * The stack's table and view over lines of the archive, each line with the key of its object.
 *
 * SQLite answers in Athena's place: it throws on what it does not know, and of what it knows the queries keep to what
 * Trino has too. https://trino.io/docs/current/functions.html
 */
export function openAthena(lines: readonly ArchivedLine[]): RunQuery {
  const resources = createResources();
  const readTable = (logicalId: string) =>
    resolveIntrinsics(resources[logicalId]?.Properties.TableInput, resources) as Table;
  const { Name: database } = (resources.QueryDatabase?.Properties.DatabaseInput ?? {}) as Column;
  const table = readTable('ActivityTable');
  const fields = table.StorageDescriptor.Columns.map(({ Name: name }) => ({
    name,
    field: table.StorageDescriptor.SerdeInfo.Parameters[`mapping.${name}`] ?? name,
  }));
  const partitions = table.PartitionKeys.map(({ Name: name }) => name);
  const columns = [...fields.map(({ name }) => name), ...partitions, '$path'];

  const sqlite = new DatabaseSync(':memory:');
  // SQLite has it in none of its builds, Trino has: text, length, what it is filled up with.
  sqlite.function('lpad', (text, length, filling) => String(text).padStart(Number(length), String(filling)));
  sqlite.exec(`ATTACH ':memory:' AS "${database}"`);
  const place = `"${database}"."${table.Name}"`;
  sqlite.exec(`CREATE TABLE ${place} (${columns.map((name) => `"${name}"`).join(', ')})`);
  const { Name: view, ViewOriginalText: text } = readTable('ActivityView');
  sqlite.exec(`CREATE VIEW "${database}"."${view}" AS ${statementOf(text)}`);
  const insert = sqlite.prepare(`INSERT INTO ${place} VALUES (${columns.map(() => '?').join(', ')})`);
  for (const line of lines) {
    const row: Row = { ...line };
    const values = fields.map(({ field }) => toValue(row[field]));
    const inKey = partitions.map((name) => new RegExp(`/${name}=([^/]+)/`).exec(line.key)?.[1] ?? null);
    insert.run(...values, ...inKey, line.key);
  }
  // As literals of one kind, not of SQLite's own prototype.
  return (sql) => Array.from(sqlite.prepare(sql).all(), (row) => ({ ...row }));
}

function statementOf(viewText: string): string {
  const [, base64 = ''] = /^\/\* Presto View: (.*) \*\/$/.exec(viewText) ?? [];
  return JSON.parse(Buffer.from(base64, 'base64').toString()).originalSql;
}

function toValue(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'boolean' ? Number(value) : (value as string | number);
}
