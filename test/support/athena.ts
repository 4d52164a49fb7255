import { DatabaseSync } from 'node:sqlite';
import { resolveIntrinsics } from '../../local/intrinsics.ts';
import type { ArchivedLine } from '../../local/outcome.ts';
import { valueAt } from './lookup.ts';
import { createResources } from './stack.ts';

type Row = Readonly<Record<string, unknown>>;

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
  const read = <T = string>(path: string) => resolveIntrinsics(valueAt(resources, path), resources) as T;
  const namesAt = (path: string) => read<readonly { readonly Name: string }[]>(path).map(({ Name: name }) => name);
  const database = read('QueryDatabase.DatabaseInput.Name');
  const storage = 'ActivityTable.TableInput.StorageDescriptor';
  const mappings = read<Readonly<Record<string, string>>>(`${storage}.SerdeInfo.Parameters`);
  const names = namesAt(`${storage}.Columns`);
  const partitions = namesAt('ActivityTable.TableInput.PartitionKeys');
  const columns = [...names, ...partitions, '$path'];

  const sqlite = new DatabaseSync(':memory:');
  // SQLite has it in none of its builds, Trino has: text, length, what it is filled up with.
  sqlite.function('lpad', (text, length, filling) => String(text).padStart(Number(length), String(filling)));
  sqlite.exec(`ATTACH ':memory:' AS "${database}"`);
  const place = `"${database}"."${read('ActivityTable.TableInput.Name')}"`;
  sqlite.exec(`CREATE TABLE ${place} (${columns.map((name) => `"${name}"`).join(', ')})`);
  const [, base64 = ''] = /^\/\* Presto View: (.*) \*\/$/.exec(read('ActivityView.TableInput.ViewOriginalText')) ?? [];
  const { originalSql } = JSON.parse(Buffer.from(base64, 'base64').toString());
  sqlite.exec(`CREATE VIEW "${database}"."${read('ActivityView.TableInput.Name')}" AS ${originalSql}`);
  const insert = sqlite.prepare(`INSERT INTO ${place} VALUES (${columns.map(() => '?').join(', ')})`);
  for (const line of lines) {
    const row: Row = { ...line };
    const values = names.map((name) => toValue(row[mappings[`mapping.${name}`] ?? name]));
    const inKey = partitions.map((name) => new RegExp(`/${name}=([^/]+)/`).exec(line.key)?.[1] ?? null);
    insert.run(...values, ...inKey, line.key);
  }
  // As literals of one kind, not of SQLite's own prototype.
  return (sql) => Array.from(sqlite.prepare(sql).all(), (row) => ({ ...row }));
}

function toValue(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'boolean' ? Number(value) : (value as string | number);
}
