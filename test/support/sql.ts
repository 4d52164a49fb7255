import type { StatementClass } from '../../src/activity.ts';
import { DIALECTS, type Dialect } from '../../src/sql/dialects.ts';
import { readFixture } from './activity.ts';

/** A statement, with the class and the action that the manuals give it. */
export interface StatementRow {
  readonly dialect: Dialect;
  readonly text: string;
  readonly class: StatementClass;
  /** Empty where it is not understood, `*` where the manuals leave it open. */
  readonly action: string;
}

/** A statement, what its masked text must not hold, and what it must still hold. */
export interface SecretRow {
  readonly dialect: Dialect;
  readonly text: string;
  readonly secrets: readonly string[];
  readonly keeps: readonly string[];
}

/**
 * Written from the manuals of MySQL 8.0 and 8.4, PostgreSQL 16 and 17, Oracle 19c and SQL Server 2022, not from the
 * implementation.
 */
export const STATEMENTS: readonly StatementRow[] = DIALECTS.flatMap((dialect) =>
  readRows<readonly [string, StatementClass, string]>('statements', dialect).map(([text, statementClass, action]) => ({
    dialect,
    text,
    class: statementClass,
    action,
  })),
);

export const SECRETS: readonly SecretRow[] = DIALECTS.flatMap((dialect) =>
  readRows<Omit<SecretRow, 'dialect'>>('secrets', dialect).map((row) => ({ dialect, ...row })),
);

function readRows<Row>(name: string, dialect: Dialect): readonly Row[] {
  return JSON.parse(readFixture(`sql/${name}-${dialect}`));
}
