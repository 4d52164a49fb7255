import type { Engine } from '../activity.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { auroraMysql } from './aurora-mysql.ts';
import { auroraPostgresql } from './aurora-postgresql.ts';
import { readText } from './fields.ts';
import { oracle } from './oracle.ts';
import type { Reading, Vocabulary } from './reading.ts';
import { sqlServer } from './sqlserver.ts';
import { unknown } from './unknown.ts';

export const VOCABULARIES: Readonly<Record<Engine, Vocabulary>> = {
  'aurora-postgresql': auroraPostgresql,
  'aurora-mysql': auroraMysql,
  oracle,
  sqlserver: sqlServer,
  unknown,
};

const ENGINES: ReadonlyMap<string | null, Engine> = new Map(
  Object.entries(VOCABULARIES).map(([engine, { serverType }]) => [serverType, engine as Engine]),
);

/** Reads an event with the vocabulary of the engine that it names. */
export function readEvent(fields: JsonObject): { readonly engine: Engine; readonly reading: Reading } {
  const engine = ENGINES.get(readText(fields.serverType)?.toLowerCase() ?? null) ?? 'unknown';
  return { engine, reading: VOCABULARIES[engine].read(fields) };
}
